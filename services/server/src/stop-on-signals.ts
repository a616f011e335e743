import type { EventEmitter } from 'node:events';
import type { Logger } from 'pino';

export interface StopOptions {
  readonly logger: Logger;
  /** The process ends with code 1 when `stop` takes longer, in ms. */
  readonly deadlineMs: number;
  /** Called once, with the first signal. */
  readonly stop: () => Promise<void>;
  /** Default: this process. */
  readonly process?: Pick<EventEmitter, 'on'> & { exit(code: number): void };
}

/** Stops in order on SIGTERM or SIGINT, and at once on a second one. The answer is aborted when the stop begins. */
export function stopOnSignals(options: StopOptions): AbortSignal {
  const { logger, deadlineMs, stop, process: host = process } = options;
  const stopping = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping.signal.aborted) {
      host.exit(1);
      return;
    }
    logger.info({ signal }, 'stopping');
    stopping.abort();
    setTimeout(() => {
      logger.error({ deadlineMs }, 'could not stop in time');
      host.exit(1);
    }, deadlineMs).unref();
    stop().catch((error: unknown) => logger.error({ err: error }, 'could not stop in order'));
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) host.on(signal, onSignal);
  return stopping.signal;
}
