import type { EventSink, SinkRecord } from '@offerlock/event-log';
import type { RecordEncoder, WebActionEvent } from '@offerlock/schemas';
import { encodeContent, simulateTraffic, type SimulatedRecord, type TrafficShares } from '@offerlock/traffic';
import type { Logger } from 'pino';
import type { Clock } from '../ports.ts';

/** Tenant of everything that simulated visitors do. Nobody else may use it. */
export const demoTenant = 'demo';

export interface DemoParts {
  readonly sink: EventSink;
  readonly encoder: RecordEncoder<WebActionEvent>;
  readonly clock: Clock;
  readonly eventsPerSecond: number;
  /** Of each run; another one makes other visitors. */
  readonly nextSeed: () => number;
  /** Gives the tenant action maps if it has none, so that decisions on its visitors can be asked for. */
  readonly publishMaps: () => Promise<void>;
  readonly logger: Logger;
}

/** Simulated visitors who do something a few times a second, for as long as it is switched on. */
export interface DemoTraffic {
  readonly eventsPerSecond: number;
  readonly running: boolean;
  /** Without effect while it runs. */
  start(): void;
  /** Resolves once nothing is written any more. May be repeated. */
  stop(): Promise<void>;
}

/** More of the unusual than on a real site, so that all of it shows within a minute. */
const shares: TrafficShares = {
  duplicates: 0.04,
  overtaking: 0.03,
  late: 0.02,
  illegal: 0.04,
  unreadable: 0.005,
};

/** An event of each visitor every so many seconds: whole journeys then take half a minute. */
const secondsBetweenSteps = 6;

/** What a pause of the machine has left undone stays undone beyond this: visitors do not hurry. */
const behindMsMax = 2_000;

const retryMs = 1_000;

export function createDemoTraffic(parts: DemoParts): DemoTraffic {
  const { clock, eventsPerSecond } = parts;
  let run: { readonly stopping: AbortController; readonly ended: Promise<void> } | null = null;
  let last = Promise.resolve();
  let maps = Promise.resolve();

  return {
    eventsPerSecond,
    get running() {
      return run !== null;
    },
    start() {
      if (run !== null) return;
      const stopping = new AbortController();
      const ended = last.then(() => publish(parts, stopping.signal));
      // Visitors do not wait for it: without maps they are simulated all the same.
      maps = maps.then(parts.publishMaps).catch((error: unknown) => {
        parts.logger.warn({ err: error }, 'the demo tenant got no action maps');
      });
      last = ended;
      run = { stopping, ended };
    },
    async stop() {
      const ending = run;
      run = null;
      ending?.stopping.abort();
      await Promise.all([last, maps]);
    },
  };

  async function publish({ sink, encoder, logger }: DemoParts, stopping: AbortSignal): Promise<void> {
    const records = simulateTraffic({
      seed: parts.nextSeed(),
      events: Infinity,
      startAtMs: () => clock.now(),
      tenant: demoTenant,
      customers: Math.max(4, Math.ceil(eventsPerSecond * secondsBetweenSteps)),
      shares,
    }).records();
    // Each event is due by the number of those before it, so that waiting a little too long never adds up.
    let startMs = clock.now();
    let published = 0;
    const dueMs = (): number => startMs + (published * 1_000) / eventsPerSecond;
    while (!stopping.aborted) {
      const waitMs = dueMs() - clock.now();
      if (waitMs > 0) {
        await clock.sleep(waitMs, stopping);
        continue;
      }
      if (waitMs < -behindMsMax) {
        startMs = clock.now();
        published = 0;
      }
      const together = takeTogether(records);
      published += together.length;
      await append(together.map(({ key, content }) => ({ key, value: encodeContent(content, encoder) })));
    }

    async function append(batch: readonly SinkRecord[]): Promise<void> {
      for (let failures = 0; ; failures += 1) {
        try {
          await sink.append(batch);
          return;
        } catch (error) {
          if (failures === 0) logger.warn({ err: error }, 'demo traffic waits for the log');
          await clock.sleep(retryMs, stopping);
          if (stopping.aborted) return;
        }
      }
    }
  }
}

/** The next record, with those that must be written in the same call. */
function takeTogether(records: Iterator<SimulatedRecord>): readonly SimulatedRecord[] {
  const together: SimulatedRecord[] = [];
  for (;;) {
    const next = records.next();
    if (next.done === true) throw new Error('simulated traffic without an end has ended');
    together.push(next.value);
    if (!next.value.withNext) return together;
  }
}
