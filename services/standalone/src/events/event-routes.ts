export { eventRoutes, type EventRoutesParts } from '@offerlock/collector';
