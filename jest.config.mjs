/**
 * Two projects. `unit` needs no server: tests beside the code, over memory adapters. `stack` runs against the real
 * Kafka, Redis and schema registry that its global setup brings up (see infra/stack).
 */
const common = {
  testEnvironment: 'node',
  // Workspace packages resolve to their TypeScript sources, so that a unit test needs no build.
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': ['@swc/jest'] },
  modulePathIgnorePatterns: ['/dist/'],
};

export default {
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: [
        '<rootDir>/services/**/*.test.ts',
        '<rootDir>/schemas/**/*.test.ts',
        '<rootDir>/infra/**/*.test.ts',
        '<rootDir>/tests/contracts/{memory,embedded}/**/*.test.ts',
        '<rootDir>/tests/pipeline/**/*.test.ts',
      ],
    },
    {
      ...common,
      displayName: 'stack',
      testMatch: [
        '<rootDir>/tests/{browser,integration,e2e,faults}/**/*.test.ts',
        '<rootDir>/tests/contracts/real/**/*.test.ts',
      ],
      globalSetup: '<rootDir>/tests/support/start-stack.mjs',
      globalTeardown: '<rootDir>/tests/support/stop-stack.mjs',
    },
  ],
  // Two cores carry Kafka, the registry, Redis and the processes under test: more workers would only make them wait.
  maxWorkers: 2,
  testTimeout: 180_000,
};
