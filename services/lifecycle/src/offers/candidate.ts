import type { OfferState } from '../offer-state.ts';
import type { GoingOn } from './going-on.ts';
import type { OfferRequest } from './offer-request.ts';
import type { MapRule, OfferRules } from './offer-rules.ts';
import type { SessionView } from './session.ts';

/** One map in one decision. */
export interface Candidate {
  readonly rules: OfferRules;
  readonly request: OfferRequest;
  /** The page's URL in lower case, as conditions are tested with. */
  readonly pageUrl: string;
  readonly session: SessionView;
  readonly rule: MapRule;
  /** The customer's projection of this map. */
  readonly state: OfferState | null;
  readonly goingOn: GoingOn;
}
