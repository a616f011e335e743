export { clientOf, type TestAnswer, type TestRequest } from './test-client.ts';
