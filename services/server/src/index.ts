/// <reference types="@fastify/swagger" preserve="true" />
export { passBootChecks, type BootCheck, type BootOptions } from './boot.ts';
export { isLoopback, requireSameOrigin, type GuardOptions } from './guard.ts';
export { healthRoutes, type Health, type HealthSources } from './health-routes.ts';
export { createHttpApp, type HttpAppParts } from './http-app.ts';
export { answerOf, jsonSchemaOf, problemAnswerOf } from './json-schema.ts';
export { CannotListen, listen } from './listen.ts';
export { HttpProblem, unavailable, type ProblemCode } from './problem.ts';
export { setProblemHandlers } from './problem-handlers.ts';
