import type { RedisConnection } from '@offerlock/config';
import { OfferlockError } from '@offerlock/lifecycle';
import { Redis, type Cluster } from 'ioredis';
import { connect } from './connect.ts';

/** What pino's loggers have. */
export interface RedisLogger {
  warn(details: { readonly err: Error }, message: string): void;
}

export interface RedisClientOptions {
  /** A call gives up after this time, connecting included. Default 5,000. */
  readonly timeoutMs?: number;
  /**
   * A call that gave up drops the connection, for it may be dead without anybody telling us, but not before the call
   * has been without an answer for so long. Default 0: at once. Let it be seconds where `timeoutMs` is short: a Redis
   * that is only slow must not have its clients connect anew all the time.
   */
  readonly silenceMaxMs?: number;
  /** Calls without an answer at most, those that gave up included; further ones reject. Default: no bound. */
  readonly callsMax?: number;
  /** Hears of a lost connection once, until there is one again. */
  readonly logger?: RedisLogger;
}

/** A Redis client whose calls take a bounded time and fail with our errors. */
export interface RedisClient {
  /**
   * Waits for a connection and runs `use`. Rejects with `PROJECTION_UNAVAILABLE` when that fails or takes longer than
   * `timeoutMs`; commands that were sent may be executed nevertheless, also later.
   */
  run<Result>(task: string, use: (redis: Redis | Cluster) => Promise<Result>): Promise<Result>;
  /** Closes the connections. Calls under way, and later ones, reject. May be repeated. */
  close(): Promise<void>;
}

const timeoutMsDefault = 5_000;
const timedOut = Symbol('timed out');

export function createRedisClient(connection: RedisConnection, options: RedisClientOptions): RedisClient {
  const { timeoutMs = timeoutMsDefault, silenceMaxMs = 0, callsMax = Number.POSITIVE_INFINITY } = options;
  const redis = connect(connection, Math.max(timeoutMs, silenceMaxMs));
  let calls = 0;
  const waiting = new Set<() => void>();
  let lastError: Error | null = null;
  let closed = false;

  const noteError = (error: Error): void => {
    if (lastError === null) options.logger?.warn({ err: withoutArguments(error) }, 'no connection to Redis');
    lastError = error;
  };
  redis.on('error', noteError);
  redis.on('node error', noteError);
  redis.on('ready', () => {
    lastError = null;
    for (const proceed of waiting) proceed();
  });

  const connected = async (deadline: number): Promise<void> => {
    if (redis.status === 'ready') return;
    await new Promise<void>((resolve) => {
      const proceed = (): void => {
        clearTimeout(timer);
        waiting.delete(proceed);
        resolve();
      };
      const timer = setTimeout(proceed, deadline - performance.now());
      waiting.add(proceed);
    });
  };

  const run: RedisClient['run'] = async (task, use) => {
    const deadline = performance.now() + timeoutMs;
    if (!closed) await connected(deadline);
    if (closed) throw unavailable(task, new Error('the client is closed'));
    if (redis.status !== 'ready') {
      throw unavailable(task, lastError ?? new Error(`no connection within ${timeoutMs} ms`));
    }
    if (calls >= callsMax)
      throw unavailable(task, new Error(`${calls} calls wait for their answers already`));
    const answer = answerOf(use);
    try {
      const result = await withinTime(answer, deadline - performance.now());
      if (result !== timedOut) return result;
    } catch (error) {
      throw toOfferlockError(task, error);
    }
    void dropIfSilent(answer, silenceMaxMs - timeoutMs);
    throw unavailable(task, new Error(`no answer within ${timeoutMs} ms`));
  };

  const answerOf = async <Result>(use: (redis: Redis | Cluster) => Promise<Result>): Promise<Result> => {
    calls += 1;
    try {
      return await together(redis, use);
    } finally {
      calls -= 1;
    }
  };

  /** A new connection also lets go of the commands in flight. */
  const dropIfSilent = async (answer: Promise<unknown>, timeMs: number): Promise<void> => {
    // An error is an answer as well, or says that the connection is gone.
    const settled = answer.catch(() => undefined);
    if (timeMs > 0 && (await withinTime(settled, timeMs)) !== timedOut) return;
    if (redis.status === 'ready') redis.disconnect(true);
  };

  const close = async (): Promise<void> => {
    closed = true;
    for (const proceed of waiting) proceed();
    if (redis.status === 'end') return;
    const ended = new Promise<void>((resolve) => {
      redis.once('end', () => resolve());
    });
    redis.disconnect();
    await withinTime(ended, timeoutMs);
  };

  return { run, close };
}

/** Sends the commands that `use` issues at once in one write per connection: in a cluster there are many small ones. */
function together<Result>(
  redis: Redis | Cluster,
  use: (redis: Redis | Cluster) => Promise<Result>,
): Promise<Result> {
  if (redis instanceof Redis) return use(redis);
  const streams = redis.nodes('master').map((node) => node.stream);
  for (const stream of streams) stream?.cork();
  try {
    return use(redis);
  } finally {
    for (const stream of streams) stream?.uncork();
  }
}

async function withinTime<Result>(
  result: Promise<Result>,
  timeMs: number,
): Promise<Result | typeof timedOut> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<typeof timedOut>((resolve) => {
    timer = setTimeout(() => resolve(timedOut), Math.max(0, timeMs));
  });
  try {
    return await Promise.race([result, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function toOfferlockError(task: string, error: unknown): OfferlockError {
  if (error instanceof OfferlockError) return error;
  const cause = error instanceof Error ? error : new Error(String(error));
  if (!cause.message.startsWith('WRONGTYPE')) return unavailable(task, cause);
  return new OfferlockError('PROJECTION_CORRUPT', `could not ${task}: a key holds something else`, {
    cause: withoutArguments(cause),
  });
}

function unavailable(task: string, cause: Error): OfferlockError {
  return new OfferlockError('PROJECTION_UNAVAILABLE', `could not ${task}: ${cause.message}`, {
    cause: withoutArguments(cause),
  });
}

/** ioredis hangs the whole command on its errors: customers' data, or a password, that a logger would print. */
function withoutArguments(error: Error): Error {
  if ('command' in error) delete error.command;
  return error;
}
