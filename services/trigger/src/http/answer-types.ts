import { offerGates, type OfferReason } from '@offerlock/lifecycle';
import { z } from 'zod';
import type { CustomerOffers } from '../customer-offers.ts';
import type { Decision, HeldBackOffer, PromisedOffer } from '../decisions/decision.ts';
import type { Explanation } from '../decisions/explain.ts';

/*
 * How the answers look, for the description of the API. Each is declared to be of the type it describes, so that the
 * two cannot part.
 */

const timeMs = () => z.number().meta({ description: 'ms since 1970 (UTC)' });
const gate = z.enum(offerGates.map((entry) => entry.gate));
const reason = z.string() as unknown as z.ZodType<OfferReason>;

const map = { actionMapId: z.string(), actionMapVersion: z.int(), mediaType: z.string() };
const target = {
  actionTargetId: z.string().nullable(),
  invitation: z.object({
    title: z.string(),
    prompt: z.string(),
    acceptText: z.string(),
    declineText: z.string(),
  }),
};

const promisedOffer: z.ZodType<PromisedOffer> = z.object({
  actionId: z.string().meta({ description: 'Report what becomes of the offer under this id.' }),
  ...map,
  ...target,
  reservedUntil: timeMs().meta({ description: 'Show the offer before then, or release it.' }),
});

const heldBackOffer: z.ZodType<HeldBackOffer> = z.object({
  ...map,
  actionId: z.string().nullable().meta({ description: 'null where the map does not qualify.' }),
  gate,
  reason,
  vendorReason: z.string().nullable(),
  blockingActionMapId: z.string().nullable(),
  frequencyCap: z.enum(['CapOnceFinalized', 'CapOnceRejected', 'CapForPeriod']).nullable(),
});

const decided = {
  status: z.enum(['decided', 'unavailable']).meta({
    description: 'unavailable: nothing is known for certain, so nothing is offered; detail says why.',
  }),
  requestId: z.string().nullable(),
  decidedAt: timeMs(),
  heldBack: z.array(heldBackOffer),
  detail: z.string().nullable(),
};

export const decisionType: z.ZodType<Decision> = z.object({ ...decided, offers: z.array(promisedOffer) });

const pendingOffer = z.object({
  ...map,
  actionId: z.string(),
  sessionId: z.string(),
  qualifiedAt: timeMs().nullable(),
  reserved: z.object({ takenAt: timeMs(), until: timeMs() }).nullable(),
});

const chats = z.object({ engaged: z.int(), overServiceLevel: z.int(), abandoned: z.int() });

export const explanationType: z.ZodType<Explanation> = z.object({
  ...decided,
  offers: z.array(
    z.object({
      actionId: z.string().nullable().meta({ description: 'null: an action would begin.' }),
      ...map,
      ...target,
      reservedUntil: z.null(),
    }),
  ),
  maps: z.array(
    z.object({
      actionMapId: z.string(),
      actionMapVersion: z.int(),
      displayName: z.string(),
      mediaType: z.string(),
      outcome: z.enum(['offered', 'held-back']),
      gates: z.array(
        z.union([
          z.object({ gate, asks: z.string(), result: z.enum(['passed', 'not-reached']) }),
          z.object({ gate, asks: z.string(), result: z.literal('stopped'), reason, why: z.string() }),
        ]),
      ),
    }),
  ),
  facts: z.object({
    projectionReady: z.boolean(),
    foldedThroughMs: timeMs().nullable(),
    lagMs: z.number().nullable(),
    pending: z.array(pendingOffer),
    targets: z.record(z.string(), z.object({ agentsOnQueue: z.int().nullable(), chats: chats.nullable() })),
  }),
});

export const releasedType = z.object({
  released: z.boolean().meta({ description: 'false: there was no such promise (any more).' }),
});

export const customerOffersType = z.object({
  tenantId: z.string(),
  customerId: z.string(),
  ready: z.boolean().meta({ description: 'Whether the projection is complete.' }),
  offers: z.array(
    z.object({
      actionMapId: z.string(),
      position: z.string(),
      state: z.looseObject({}).meta({ description: 'The state, with its lock; see docs/lifecycle.md.' }),
      next: z.array(z.string()).meta({ description: 'Steps of the present action that may follow.' }),
      standing: z.enum(['locked', 'pending', 'open']),
    }),
  ),
  pending: z
    .array(pendingOffer)
    .meta({ description: 'What decisions have said that may not be projected yet.' }),
}) satisfies z.ZodType<Omit<CustomerOffers, 'offers'>>;

export const announcedType = z.object({
  tenantId: z.string(),
  actionTargetId: z.string(),
  agentsOnQueue: z.int(),
  until: timeMs(),
});
