import { EventEmitter, once } from 'node:events';
import { expect, test } from '@jest/globals';
import { OfferlockError } from '@offerlock/lifecycle';
import type { LogRecord } from '../ports.ts';
import type { Claim } from './claim.ts';
import { PartitionOwner, type PartitionOwnerOptions } from './partition-owner.ts';

const record = (offset: bigint): LogRecord => ({
  offset,
  key: null,
  value: null,
  headers: {},
  timestampMs: 0,
});
const observer = { claimed: () => {}, claimEnded: () => {}, committed: () => {}, halted: () => {} };

const common: Omit<PartitionOwnerOptions, 'handler' | 'takeClaim' | 'fetchFrom'> = {
  partition: 0,
  batchRecordsMax: 2,
  backoff: { minMs: 0, maxMs: 0 },
  clock: { now: () => 0, sleep: () => Promise.resolve() },
  random: () => 0,
  observer,
  holdFetch: () => {},
  onBroken: () => {},
};

test('what follows a failed batch in the same fetch is left to the next claim', async () => {
  const commits: bigint[] = [];
  let claims = 0;
  let isHealthy = false;
  const secondClaim = new EventEmitter();
  const owner = new PartitionOwner({
    ...common,
    handler: async () => {
      if (!isHealthy) throw new OfferlockError('PROJECTION_UNAVAILABLE', 'Redis is away');
      return [];
    },
    takeClaim: async (): Promise<Claim> => {
      claims += 1;
      return {
        epoch: claims,
        trustedEpoch: 1,
        startOffset: 0n,
        endOffset: 4n,
        commit: async ({ nextOffset }) => {
          commits.push(nextOffset);
        },
        release: () => {},
      };
    },
    fetchFrom: () => {
      if (claims === 2) secondClaim.emit('taken');
    },
  });
  owner.start();
  const fetched = { fromOffset: 0n, records: [0n, 1n, 2n, 3n].map(record), nextOffset: 4n, endOffset: 4n };

  let batches = 0;
  // Until the claim of `start` holds there is nothing to process.
  while (owner.status().status !== 'claimed') await Promise.resolve();
  await owner.process(fetched, async () => {
    batches += 1;
    if (batches === 1) return;
    // A heartbeat that takes so long that the next claim is taken meanwhile, and Redis is back.
    isHealthy = true;
    if (claims < 2) await once(secondClaim, 'taken');
  });
  expect(commits).toEqual([]);
  expect(owner.status().nextOffset).toBe(0n);

  await owner.process(fetched, () => Promise.resolve());
  expect(commits).toEqual([2n, 4n]);
});

test.each([
  ['LOG_CORRUPT', 'halted', 1],
  ['LOG_UNAVAILABLE', 'claimed', 2],
] as const)(
  'records that cannot be read, with %s, leave the partition %s',
  async (code, status, claimsInAll) => {
    let claims = 0;
    let released = 0;
    const isSettled = () => owner.status().status === status && claims === claimsInAll;
    const owner = new PartitionOwner({
      ...common,
      handler: () => Promise.resolve([]),
      takeClaim: async (): Promise<Claim> => {
        claims += 1;
        return {
          epoch: claims,
          trustedEpoch: 1,
          startOffset: 0n,
          endOffset: 1n,
          commit: () => Promise.resolve(),
          release: () => {
            released += 1;
          },
        };
      },
      fetchFrom: () => {
        if (claims === 1) owner.fetchFailed(new OfferlockError(code, 'cannot be read'));
      },
    });
    owner.start();
    while (!isSettled()) await Promise.resolve();
    expect({ claims, released }).toEqual({ claims: claimsInAll, released: 1 });
  },
);
