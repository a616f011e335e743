import { writeFile } from 'node:fs/promises';
import { createEncoders } from '@offerlock/schemas';
import {
  simulateTraffic,
  type Counts,
  type ExpectedCounts,
  type Traffic,
  type TrafficShares,
} from '@offerlock/traffic';
import { formatCount, formatDuration, formatTable } from './format.ts';
import type { Clock, Systems, Terminal } from './ports.ts';
import { publishTraffic } from './publish-traffic.ts';
import { UsageError } from './usage-error.ts';

export interface SimulateOptions {
  readonly events: number;
  /** null: as fast as possible. */
  readonly ratePerSecond: number | null;
  readonly seed: number;
  readonly customers?: number;
  readonly maps?: number;
  readonly shares: Partial<TrafficShares>;
  /** Where to write the expected counts as JSON. */
  readonly expectFile?: string;
}

/**
 * How fast the simulated time passes when records are sent as fast as possible. The stream then lies in the past and
 * ends now, so that nothing in it happens in the future.
 */
const pastEventsPerSecond = 500;

/** `offerlock simulate`. False when it was stopped before the end; the counts then hold for what was published. */
export async function simulate(
  systems: Pick<Systems, 'openRegistry' | 'openSink' | 'topicPrefix'>,
  terminal: Terminal,
  clock: Clock,
  options: SimulateOptions,
  stop: AbortSignal,
): Promise<boolean> {
  const traffic = trafficOf(options, clock.now());
  const encoders = await createEncoders(systems.openRegistry(), systems.topicPrefix());
  terminal.note(`Simulating ${formatCount(options.events)} events, seed ${options.seed}.`);

  const sink = systems.openSink();
  const progress = terminal.progress('Publishing', options.events);
  const startedAt = clock.now();
  let sent: number;
  try {
    sent = await publishTraffic({
      traffic,
      sink,
      encoder: encoders.event,
      ratePerSecond: options.ratePerSecond,
      clock,
      stop,
      onProgress: progress.update,
    });
  } finally {
    progress.end();
    await sink.close();
  }

  const tookMs = clock.now() - startedAt;
  const rate = tookMs === 0 ? '' : `, ${formatCount(Math.round((sent * 1000) / tookMs))}/s`;
  terminal.note(`Published ${formatCount(sent)} events in ${formatDuration(tookMs)}${rate}.`);
  const expected = traffic.expected();
  if (options.expectFile !== undefined) {
    await writeFile(options.expectFile, `${JSON.stringify(expected, null, 2)}\n`);
    terminal.note(`The expected counts are in ${options.expectFile}.`);
  }
  terminal.print(describeExpected(expected));
  const finished = sent >= options.events;
  if (!finished) terminal.note('Stopped before the end: the counts hold for what was published.');
  return finished;
}

function trafficOf(options: SimulateOptions, now: number): Traffic {
  const { events, ratePerSecond, seed, customers, maps, shares } = options;
  try {
    return simulateTraffic({
      seed,
      events,
      // At a given rate the simulated time is the real one, so that early events may wait as long as they would.
      startAtMs: ratePerSecond === null ? now - Math.ceil((events * 1000) / pastEventsPerSecond) : now,
      eventsPerSecond: ratePerSecond ?? pastEventsPerSecond,
      ...(customers === undefined ? {} : { customers }),
      ...(maps === undefined ? {} : { maps }),
      shares,
    });
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

function rowsOf(what: string, counts: Counts): readonly (readonly [string, string, number])[] {
  return Object.entries(counts).map(([name, count]) => [what, name, count]);
}

function describeExpected(expected: ExpectedCounts): string {
  const table = formatTable(
    ['expected', 'kind', 'count'],
    [
      ...rowsOf('event', expected.outcomes),
      ...rowsOf('metric', expected.metrics),
      ...rowsOf('dead letter', expected.deadLetters),
      ...rowsOf('action map', expected.offers.byStatus),
      ['action map', 'locked', expected.offers.locked],
    ],
  );
  if (expected.examples.length === 0) return table;
  const examples = expected.examples.map(
    ({ customer, shows }) => `  offerlock inspect ${customer}   # ${shows}`,
  );
  return `${table}\n\nCustomers worth a look once the events are processed:\n${examples.join('\n')}`;
}
