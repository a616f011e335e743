import type { RedisConnection } from '@offerlock/config';
import { OfferlockError } from '@offerlock/lifecycle';
import { inOrderOfMaps, pendingFromJson, pendingToJson } from '../pending-json.ts';
import type { CustomerView, DeskWrite, OfferDesk, PendingOffer } from '../offer-desk.ts';
import { createRedisClient, type RedisClientOptions } from './client.ts';
import { metaFields, projectionKeys, readyValue } from './keys.ts';
import { readScript } from './script.ts';
import { offersFromHash } from './value.ts';

export interface RedisOfferDeskOptions extends RedisClientOptions {
  /** Pending offers of a customer are forgotten when nobody has written any for so long. Default 24 h. */
  readonly pendingTtlMs?: number;
}

const pendingTtlMsDefault = 24 * 3_600_000;
const silenceMaxMsDefault = 3_000;
const callsMaxDefault = 1_000;
const releaseTriesMax = 5;

/** Ids hold no slash, so no action map is called so. */
const revisionField = '/revision';

const readCustomer = readScript('read-customer.lua');
const writeDecision = readScript('write-decision.lua');
const replacePending = readScript('replace-pending.lua');

/**
 * A desk whose calls take one round trip each; a release, two.
 *
 * In a cluster, whether the projection is ready lies on another node than the customer, so no script can see both: a
 * write asks for it right before, in a round trip of its own. Should the projection stop being ready in between, then
 * a promise is kept that rests on what was read of this customer: it is what the node of the customer still holds.
 * A node that comes back empty is not noticed either, unless it is the one that knows of `ready`.
 */
export function createRedisOfferDesk(
  connection: RedisConnection,
  options: RedisOfferDeskOptions = {},
): OfferDesk {
  const client = createRedisClient(connection, {
    silenceMaxMs: silenceMaxMsDefault,
    callsMax: callsMaxDefault,
    ...options,
  });
  const names = projectionKeys(connection.keyPrefix);
  const pendingTtlMs = options.pendingTtlMs ?? pendingTtlMsDefault;
  const inCluster = connection.mode === 'cluster';

  /** Of a script. It may see the projection's own facts only where there are no slots. */
  const keysOf = (customer: string, requestId: string | null): readonly string[] => [
    names.offers(customer),
    names.pending(customer),
    names.answer(customer, requestId ?? ''),
    ...(inCluster ? [] : [names.meta]),
  ];

  const read = async (customer: string, requestId: string | null): Promise<CustomerView> => {
    const [offersKey, pendingKey] = [names.offers(customer), names.pending(customer)];
    const [reply, readyBeside] = await client.run('read a customer', (redis) =>
      Promise.all([
        readCustomer(redis, keysOf(customer, requestId), [requestId === null ? 0 : 1]),
        inCluster ? redis.hget(names.meta, metaFields.ready) : null,
      ]),
    );
    const [offers, pending, answer, ready] = reply as [string[], string[], string | null, string | null];
    const { revision, values } = pendingOf(pending);
    return {
      ready: (inCluster ? readyBeside : ready) === readyValue,
      offers: offersFromHash(fieldsOf(offers), offersKey),
      pending: inOrderOfMaps(
        [...values].map(([actionMapId, value]) => parsePending(value, pendingKey, actionMapId)),
      ),
      answer,
      revision,
    };
  };

  const write = async (
    customer: string,
    view: CustomerView,
    decided: DeskWrite,
  ): Promise<'written' | 'changed'> => {
    const { put, remove, answer } = decided;
    const args = [
      revisionField,
      view.revision,
      pendingTtlMs,
      answer?.text ?? '',
      answer?.ttlMs ?? 0,
      view.offers.length,
      ...view.offers.flatMap(({ actionMapId, offer }) => [actionMapId, offer.position]),
      remove.length,
      ...remove,
      ...put.flatMap((offer) => [offer.actionMapId, pendingToJson(offer)]),
    ];
    const reply = await client.run('write what was decided', async (redis) => {
      if (inCluster && (await redis.hget(names.meta, metaFields.ready)) !== readyValue) return 0;
      return writeDecision(redis, keysOf(customer, answer?.requestId ?? null), args);
    });
    return reply === 1 ? 'written' : 'changed';
  };

  const release = async (customer: string, actionId: string): Promise<boolean> => {
    const pendingKey = names.pending(customer);
    for (let tries = 0; tries < releaseTriesMax; tries += 1) {
      const fields = await client.run('find the offer to release', (redis) => redis.hgetall(pendingKey));
      const { values } = pendingOf(Object.entries(fields).flat());
      const promised = [...values]
        .map(([actionMapId, value]) => ({ value, offer: parsePending(value, pendingKey, actionMapId) }))
        .find(({ offer }) => offer.actionId === actionId && offer.reserved !== null);
      if (promised === undefined) return false;
      const { value, offer } = promised;
      const released = pendingToJson({ ...offer, reserved: null });
      const reply = await client.run('release an offer', (redis) =>
        replacePending(
          redis,
          [pendingKey],
          [offer.actionMapId, value, released, revisionField, pendingTtlMs],
        ),
      );
      if (reply === 1) return true;
    }
    throw new OfferlockError(
      'PROJECTION_UNAVAILABLE',
      `could not release an offer: its customer was written to ${releaseTriesMax} times meanwhile`,
      { details: { customer, actionId } },
    );
  };

  return { read, write, release, close: client.close };
}

/** The fields of a hash as a script returns them: field, value, field, value. */
function fieldsOf(flat: readonly string[]): readonly (readonly [field: string, value: string])[] {
  return Array.from({ length: flat.length / 2 }, (_, index) => [
    flat[2 * index] as string,
    flat[2 * index + 1] as string,
  ]);
}

function pendingOf(flat: readonly string[]): {
  readonly revision: number;
  readonly values: ReadonlyMap<string, string>;
} {
  const values = new Map(fieldsOf(flat));
  const revision = Number(values.get(revisionField) ?? 0);
  values.delete(revisionField);
  return { revision, values };
}

function parsePending(value: string, redisKey: string, actionMapId: string): PendingOffer {
  const offer = pendingFromJson(value);
  if (offer !== null && offer.actionMapId === actionMapId) return offer;
  throw new OfferlockError(
    'PROJECTION_CORRUPT',
    `not a pending offer that we wrote: field ${actionMapId} of ${redisKey}; delete the key`,
    { details: { redisKey, actionMapId } },
  );
}
