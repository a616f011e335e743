export { assertNever } from './assert-never.ts';
export { errorHandling, OfferlockError, type ErrorCode } from './errors.ts';
export { actionStates, type ActionState, type IncomingEvent, type WebActionEvent } from './event.ts';
export type { Lifecycle, Lifecycles, ReofferScope } from './lifecycle.ts';
export {
  closedActionsMax,
  earlyEventsMax,
  type ClosedAction,
  type EarlyEvent,
  type OfferState,
  type VisitedStep,
} from './offer-state.ts';
export type { Applied, Folded, Metric, RefusalReason, Settled } from './outcome.ts';
