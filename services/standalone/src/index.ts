export type * from './page-api.ts';
