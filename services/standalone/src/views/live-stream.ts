import type { FastifyReply } from 'fastify';
import type { Logger } from 'pino';
import { HttpProblem } from '@offerlock/server';
import type { Overview, Recent } from '../page-api.ts';
import type { Clock } from '../ports.ts';

export interface LiveStreamParts {
  readonly clock: Clock;
  readonly overview: () => Overview;
  readonly recent: () => Promise<Recent>;
  readonly logger: Logger;
}

/** Tells everybody who listens what changes. Nothing is computed while nobody does. */
export interface LiveStream {
  /** Takes the answer over until the client goes, falls too far behind, or `close`. Throws when there are too many. */
  serve(reply: FastifyReply): Promise<void>;
  /** Ends every answer. May be repeated. */
  close(): void;
}

export const listenersMax = 100;
const tickMs = 1_000;
const heartbeatMs = 15_000;
/** A client that takes nothing for so long is let go; it comes back by itself. */
const stuckMsMax = 30_000;

type Kind = 'overview' | 'recent';

interface Listener {
  readonly raw: FastifyReply['raw'];
  /** The last message of each kind that was written to it. One that it missed while it was slow is not made up for. */
  readonly written: Map<Kind, string>;
  writtenAtMs: number;
  /** Since when it has more to take than the system buffers; null while it keeps up. */
  slowSinceMs: number | null;
}

export function createLiveStream({ clock, overview, recent, logger }: LiveStreamParts): LiveStream {
  const listeners = new Set<Listener>();
  const current = new Map<Kind, string>();
  /** What `current` tells, without the time of telling. */
  let told = '';
  let closing: AbortController | null = null;
  let failed = false;

  async function refresh(force: boolean): Promise<void> {
    const { at, ...rest } = overview();
    const content = JSON.stringify(rest);
    if (force || content !== told) {
      told = content;
      current.set('overview', `event: overview\ndata: {"at":${at},${content.slice(1)}\n\n`);
    }
    current.set('recent', `event: recent\ndata: ${JSON.stringify(await recent())}\n\n`);
  }

  function write(listener: Listener, text: string): void {
    listener.writtenAtMs = clock.now();
    if (listener.raw.write(text)) return;
    listener.slowSinceMs = clock.now();
    listener.raw.once('drain', () => {
      listener.slowSinceMs = null;
    });
  }

  function tell(listener: Listener): void {
    const now = clock.now();
    if (listener.slowSinceMs !== null) {
      if (now - listener.slowSinceMs > stuckMsMax) listener.raw.destroy();
      return;
    }
    for (const [kind, message] of current) {
      if (listener.written.get(kind) === message) continue;
      listener.written.set(kind, message);
      write(listener, message);
    }
    if (now - listener.writtenAtMs >= heartbeatMs) write(listener, ': nothing new\n\n');
  }

  async function tick(force: boolean): Promise<void> {
    try {
      await refresh(force);
      failed = false;
    } catch (error) {
      if (!failed) logger.warn({ err: error }, 'cannot tell the page what happens');
      failed = true;
    }
    for (const listener of listeners) tell(listener);
  }

  async function run(signal: AbortSignal): Promise<void> {
    for (;;) {
      await clock.sleep(tickMs, signal);
      if (signal.aborted) return;
      await tick(false);
    }
  }

  function leave(listener: Listener): void {
    if (!listeners.delete(listener) || listeners.size > 0) return;
    closing?.abort();
    closing = null;
  }

  return {
    async serve(reply) {
      if (listeners.size >= listenersMax) {
        const detail = `${listenersMax} clients listen already`;
        throw new HttpProblem(503, 'OVERLOADED', detail, { headers: { 'retry-after': '10' } });
      }
      reply.hijack();
      const { raw } = reply;
      const listener: Listener = { raw, written: new Map(), writtenAtMs: clock.now(), slowSinceMs: null };
      listeners.add(listener);
      raw.on('close', () => leave(listener));
      // A broken connection is told by `close`; an error without listener would end the process.
      raw.on('error', () => leave(listener));
      raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        // Proxies of the nginx family would keep the messages for themselves.
        'x-accel-buffering': 'no',
      });
      raw.flushHeaders();
      if (closing === null) {
        closing = new AbortController();
        void run(closing.signal);
      }
      // The time in a message is that of telling: a new listener needs a new one.
      await tick(true);
    },
    close() {
      for (const { raw } of listeners) raw.end();
      closing?.abort();
      closing = null;
    },
  };
}
