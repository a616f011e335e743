import { expect, test } from '@jest/globals';
import {
  assertNever,
  checkEvent,
  customerKeyOf,
  fold,
  lifecyclesWith,
  type OfferState,
} from '@offerlock/lifecycle';
import * as fc from 'fast-check';
import { simulateTraffic, type ExpectedCounts, type SimulatedRecord, type TrafficOptions } from './index.ts';

const options = { lifecycles: lifecyclesWith(), extendedMetrics: false, earlyGraceMs: 60_000 };
const startAtMs = Date.UTC(2024, 4, 1);

type Measured = Omit<ExpectedCounts, 'seed' | 'kinds' | 'examples'>;

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

/** What a single reader of the whole stream makes of it, with the rules of the fold instead of those of the simulation. */
function foldAll(records: Iterable<SimulatedRecord>): { measured: Measured; surprises: unknown[] } {
  const states = new Map<string, OfferState>();
  const outcomes: Record<string, number> = {};
  const metrics: Record<string, number> = {};
  const deadLetters: Record<string, number> = {};
  const surprises: unknown[] = [];
  let offset = 0n;

  for (const record of records) {
    offset += 1n;
    const folded = foldOne(states, record, offset);
    count(outcomes, folded.outcome);
    if (folded.reason !== undefined) count(deadLetters, folded.reason);
    for (const metric of folded.metrics) count(metrics, metric);
    if ((folded.reason ?? folded.outcome) !== record.outcome) surprises.push({ record, folded });
  }
  for (const state of states.values()) if (state.early.length > 0) surprises.push(state);

  const byStatus: Record<string, number> = {};
  for (const state of states.values()) count(byStatus, state.status);
  const locked = [...states.values()].filter((state) => state.locked !== null).length;
  return {
    measured: {
      records: Number(offset),
      outcomes,
      metrics,
      deadLetters,
      offers: { total: states.size, locked, byStatus },
    },
    surprises,
  };
}

interface FoldedOne {
  readonly outcome: string;
  readonly reason?: string;
  readonly metrics: readonly string[];
}

function foldOne(states: Map<string, OfferState>, record: SimulatedRecord, offset: bigint): FoldedOne {
  // What bytes decode to is the codec's affair, so their outcome is taken as given here.
  if (record.content.type !== 'event') return { outcome: 'unreadable', reason: record.outcome, metrics: [] };
  const { event } = record.content;
  if (record.key !== customerKeyOf(event) || checkEvent(event) !== null) {
    return { outcome: 'refused', reason: 'INVALID_FIELD', metrics: [] };
  }
  const key = `${record.key}/${event.actionMapId}`;
  const folded = fold(options, states.get(key) ?? null, { event, offset });
  switch (folded.outcome) {
    case 'refused':
      return { outcome: 'refused', reason: folded.reason, metrics: [] };
    case 'repeated':
      return { outcome: 'repeated', metrics: [] };
    case 'untracked':
      return { outcome: 'untracked', metrics: folded.metrics.map((metric) => metric.metric) };
    case 'early':
      states.set(key, folded.state);
      return { outcome: 'early', metrics: [] };
    case 'applied': {
      states.set(key, folded.state);
      const refused = folded.settled.find((settled) => settled.outcome !== 'applied');
      return {
        outcome: refused === undefined ? 'applied' : `settled as ${refused.outcome}`,
        metrics: folded.metrics.map((metric) => metric.metric),
      };
    }
    default:
      return assertNever(folded);
  }
}

/** Both views of the same stream, for comparison. */
function bothViews(traffic: TrafficOptions): {
  expected: ExpectedCounts;
  told: Measured;
  measured: Measured;
  surprises: unknown[];
} {
  const simulated = simulateTraffic(traffic);
  const { measured, surprises } = foldAll(simulated.records());
  const expected = simulated.expected();
  const { records, outcomes, metrics, deadLetters, offers } = expected;
  return { expected, told: { records, outcomes, metrics, deadLetters, offers }, measured, surprises };
}

test('the fold finds what the simulation says, over a large stream with the default shares', () => {
  const { expected, told, measured, surprises } = bothViews({ seed: 1, events: 60_000, startAtMs });
  expect(surprises.slice(0, 3)).toEqual([]);
  expect(told).toEqual(measured);
  expect(expected.records).toBe(60_000);
  for (const reason of [
    'ILLEGAL_TRANSITION',
    'INVALID_FIELD',
    'MEDIA_TYPE_MISMATCH',
    'STALE_ACTION',
    'TERMINAL_LOCKED',
    'UNDECODABLE',
    'UNKNOWN_MEDIA_TYPE',
    'UNKNOWN_SCHEMA',
    'UNKNOWN_STATE',
  ]) {
    expect(expected.deadLetters).toHaveProperty(reason);
  }
});

test('the fold finds what the simulation says, whatever the seed and the shares', () => {
  const share = fc.double({ min: 0, max: 0.18, noNaN: true });
  fc.assert(
    fc.property(
      fc.record({
        seed: fc.integer({ min: 0, max: 0xffff_ffff }),
        events: fc.integer({ min: 0, max: 1500 }),
        customers: fc.integer({ min: 1, max: 60 }),
        maps: fc.integer({ min: 1, max: 5 }),
        eventsPerSecond: fc.constantFrom(1, 50, 500, 5000),
        shares: fc.record({
          duplicates: share,
          overtaking: share,
          late: share,
          illegal: share,
          unreadable: share,
        }),
      }),
      (drawn) => {
        const { expected, told, measured, surprises } = bothViews({ ...drawn, startAtMs });
        expect(surprises.slice(0, 3)).toEqual([]);
        expect(told).toEqual(measured);
        const kinds = Object.values(expected.kinds).reduce((sum, kind) => sum + kind, 0);
        expect(kinds).toBe(drawn.events);
      },
    ),
    { numRuns: 80 },
  );
});
