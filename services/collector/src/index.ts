export { eventRoutes, type EventRoutesParts } from './event-routes.ts';
