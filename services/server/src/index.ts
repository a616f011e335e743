/// <reference types="@fastify/swagger" preserve="true" />
export { accessOf, httpVariables, openAccess, type Access, type HttpValues } from './access.ts';
export { passBootChecks, type BootCheck, type BootOptions } from './boot.ts';
export { closeHttp } from './close-http.ts';
export { isLoopback, requireSameOrigin, type GuardOptions } from './guard.ts';
export { healthRoutes, type Health, type HealthSources } from './health-routes.ts';
export { createHttpApp, type HttpAppParts } from './http-app.ts';
export { answerOf, jsonSchemaOf, problemAnswerOf } from './json-schema.ts';
export { callerOf, requireRole, requireServer, tenantOf, type Caller } from './keys/caller.ts';
export { openKeyring, type Keyring, type KeysSource } from './keys/keyring.ts';
export { checkKeysFile, describeKeysProblems, type TenantKeys } from './keys/keys-file.ts';
export { roles, type Role } from './keys/roles.ts';
export { newSecretKey, newWriteKey, sha256Of } from './keys/secret-key.ts';
export { CannotListen, listen } from './listen.ts';
export { stopOnSignals, type StopOptions } from './stop-on-signals.ts';
export { HttpProblem, unavailable, type ProblemCode } from './problem.ts';
export { runMain, type Main } from './run-main.ts';
export { setProblemHandlers } from './problem-handlers.ts';
