import type { WebActionEvent } from '@offerlock/lifecycle';
import { simulateTraffic } from '@offerlock/traffic';
import { createRandom } from './random.ts';

/** What a server said of one event of a request. */
interface Result {
  readonly status: string;
  readonly eventId: string;
}

/** Producers that send simulated events over HTTP, each on a connection of its own, until they are stopped. */
export interface HttpProducers {
  /** By event id: every event that a server has accepted, as it was sent. */
  readonly acknowledged: ReadonlyMap<string, WebActionEvent>;
  /** Requests that got no answer, because the server went away; they were sent again. */
  readonly interrupted: number;
  /** Answers that said "not now", by status; they were sent again. */
  readonly refusals: readonly { readonly status: number; readonly body: unknown }[];
  /** Waits for the requests under way. Rejects with the first answer that should not have come. */
  stop(): Promise<void>;
}

export interface HttpProducersOptions {
  readonly seed: number;
  readonly producers?: number;
  /** Events of one request at most; a request of one event is sometimes sent without the brackets of a list. */
  readonly eventsMax?: number;
  /** Base URL of the server of the moment. */
  readonly url: () => Promise<string>;
}

const pauseMs = 5;

/**
 * Each producer has customers of its own and sends its next request when the last one was answered with 202, so that
 * a customer keeps its order; a request without an answer is sent again, to whoever serves then.
 */
export function startHttpProducers(options: HttpProducersOptions): HttpProducers {
  const { producers = 6, eventsMax = 20 } = options;
  const acknowledged = new Map<string, WebActionEvent>();
  const refusals: { status: number; body: unknown }[] = [];
  let interrupted = 0;
  const stopping = new AbortController();

  const send = async (events: readonly WebActionEvent[], bare: boolean): Promise<void> => {
    const body = JSON.stringify(bare ? events[0] : events);
    while (!stopping.signal.aborted) {
      const answer = await options
        .url()
        .then((url) => postJson(`${url}/v1/events`, body))
        .catch(() => null);
      if (answer?.status === 202) {
        const { results } = answer.body as { results: readonly Result[] };
        if (results.length !== events.length) {
          throw new Error(`${events.length} events were sent, ${results.length} answered`);
        }
        for (const [index, event] of events.entries()) {
          if (results[index]?.status !== 'accepted') continue;
          if (results[index].eventId !== event.eventId) throw new Error('the answer names another event');
          acknowledged.set(event.eventId, event);
        }
        return;
      }
      if (answer === null) interrupted += 1;
      else if (answer.status === 503) refusals.push(answer);
      // None of the events is valid: that is an answer too.
      else if ((answer.body as { code?: unknown } | null)?.code === 'EVENTS_REJECTED') return;
      else throw new Error(`POST /v1/events: ${answer.status} ${JSON.stringify(answer.body)}`);
      await new Promise((resolve) => {
        setTimeout(resolve, pauseMs);
      });
    }
  };

  const produce = async (producer: number): Promise<void> => {
    const random = createRandom(options.seed + producer);
    const events = eventsOf(options.seed * producers + producer);
    while (!stopping.signal.aborted) {
      const wanted = 1 + random.below(eventsMax);
      const batch: WebActionEvent[] = [];
      while (batch.length < wanted) {
        const { value } = events.next();
        if (value === undefined) break;
        batch.push(value);
      }
      await send(batch, batch.length === 1 && random.below(2) === 0);
    }
  };

  const running = Promise.all(Array.from({ length: producers }, (_, producer) => produce(producer)));
  // `stop` tells of it.
  running.catch(() => {
    stopping.abort();
  });
  return {
    acknowledged,
    refusals,
    get interrupted() {
      return interrupted;
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** Bytes that are no event, and keys that do not match, cannot be sent over HTTP. */
function* eventsOf(seed: number): Generator<WebActionEvent, undefined> {
  const traffic = simulateTraffic({
    seed,
    events: Number.POSITIVE_INFINITY,
    startAtMs: Date.now,
    customers: 40,
  });
  for (const { content } of traffic.records()) {
    if (content.type === 'event') yield content.event;
  }
  return undefined;
}

async function postJson(url: string, body: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : (JSON.parse(text) as unknown) };
}
