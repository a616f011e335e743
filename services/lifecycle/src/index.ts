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
export {
  conditionOperators,
  offeredMediaTypes,
  type ActionMap,
  type ActionMapsFile,
  type ActionTarget,
  type Activation,
  type Condition,
  type EmergencyScheduleGroup,
  type EventCondition,
  type FrequencyCap,
  type Invitation,
  type OfferedMediaType,
  type ScheduleGroup,
} from './offers/action-map.ts';
export { checkActionMap, checkActionMaps, checkVersions, type Checked } from './offers/check-action-maps.ts';
export { decideOffer, type HeldBack, type Offer, type OfferDecision } from './offers/decide-offer.ts';
export {
  explainOffer,
  type GateResult,
  type MapExplanation,
  type OfferExplanation,
} from './offers/explain-offer.ts';
export type { DocumentProblem, JsonSchema } from './offers/json-schema.ts';
export type {
  ChatCounts,
  CustomerEvent,
  OfferRequest,
  Reservation,
  TargetLoad,
} from './offers/offer-request.ts';
export {
  offerRulesOf,
  sessionIdleDefaultMs,
  type OfferRules,
  type OfferRulesOptions,
} from './offers/offer-rules.ts';
export { serviceLevelOf } from './offers/pacing.ts';
export {
  offerGates,
  offerReasons,
  type FrequencyCapBehaviour,
  type OfferGate,
  type OfferReason,
} from './offers/reasons.ts';
export { actionMapsSchema } from './offers/schema.ts';
