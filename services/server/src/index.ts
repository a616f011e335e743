export { passBootChecks, type BootCheck, type BootOptions } from './boot.ts';
export { healthRoutes, type Health, type HealthSources } from './health-routes.ts';
