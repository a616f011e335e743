export { assertNever } from './assert-never.ts';
export { errorHandling, OfferlockError, type ErrorCode } from './errors.ts';
export { actionStates, type ActionState, type IncomingEvent, type WebActionEvent } from './event.ts';
export {
  checkEvent,
  customerKeyOf,
  errorCodeMax,
  errorMessageMax,
  type FieldProblem,
} from './check-event.ts';
export { expireEarly, fold, type Expired, type FoldOptions } from './fold.ts';
export {
  defineLifecycle,
  type Lifecycle,
  type LifecycleData,
  type Lifecycles,
  type ReofferScope,
} from './lifecycle.ts';
export {
  architectFlow,
  contentOffer,
  integrationAction,
  lifecyclesWith,
  openAction,
  webchat,
  webMessagingOffer,
} from './lifecycles.ts';
export {
  closedActionsMax,
  earlyEventsMax,
  type ClosedAction,
  type EarlyEvent,
  type OfferState,
  type VisitedStep,
} from './offer-state.ts';
export type { Applied, Folded, Metric, RefusalReason, Settled } from './outcome.ts';
