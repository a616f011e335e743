import { setTimeout as sleep } from 'node:timers/promises';
import { OfferlockError } from '@offerlock/lifecycle';
import type { Logger } from 'pino';

/** Something that must be true before the first event is read. */
export interface BootCheck {
  /** For the operator: what is being waited for. */
  readonly title: string;
  /** Rejects with an `OfferlockError`: `retry` is waited out, `halt` ends the boot. */
  readonly run: () => Promise<void>;
}

export interface BootOptions {
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly retryDelayMs: number;
  /** Told about the check that is being waited for, and null once all have passed. */
  readonly onWaiting: (waitingFor: string | null) => void;
}

/**
 * Passes the checks in order. A dependency that is not up yet is waited for without end, because the order in which the
 * parts of a deployment start is nobody's promise. Resolves with false when the signal aborts before all have passed;
 * rejects with the first error that waiting cannot help.
 */
export async function passBootChecks(checks: readonly BootCheck[], options: BootOptions): Promise<boolean> {
  const stopped = new Promise<void>((resolve) => {
    options.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  for (const check of checks) {
    while (!options.signal.aborted) {
      options.onWaiting(check.title);
      try {
        // A stop does not wait for a check that waits for a server.
        await Promise.race([check.run(), stopped]);
        break;
      } catch (error) {
        if (!(error instanceof OfferlockError) || error.handling !== 'retry') throw error;
        options.logger.warn(
          { check: check.title, code: error.code, err: error },
          'not ready yet, will try again',
        );
        await sleep(options.retryDelayMs, undefined, { signal: options.signal }).catch(() => undefined);
      }
    }
  }
  if (options.signal.aborted) return false;
  options.onWaiting(null);
  return true;
}
