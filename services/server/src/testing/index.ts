export { createTestApp } from './test-app.ts';
export { clientOf, type TestAnswer, type TestRequest } from './test-client.ts';
