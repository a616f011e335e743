import { bannerOf } from './banner.ts';
import { listen } from '@offerlock/server';
import type { Log } from './log.ts';
import type { Standalone } from './standalone.ts';

export interface ServeOptions {
  readonly host: string;
  readonly port: number;
  readonly startDemo: boolean;
  readonly log: Log;
  /** For the person who started it. */
  readonly directory: string;
  readonly offers: number;
}

const stopDeadlineMs = 10_000;

/**
 * Serves until a signal or a failure, and answers with the exit code of the process. A second signal ends the process
 * at once, and so does a stop that takes too long. Error: `CannotListen`.
 */
export async function serve(standalone: Standalone, options: ServeOptions): Promise<0 | 1> {
  const { logger, format } = options.log;
  const { demo } = standalone;
  const address = await listen(standalone.http, options.host, options.port);
  const exitLater = (): void => {
    setTimeout(() => {
      logger.error(
        { deadlineMs: stopDeadlineMs },
        'could not stop in time; what is not committed is folded again',
      );
      process.exit(1);
    }, stopDeadlineMs).unref();
  };
  const stop = (signal: NodeJS.Signals): void => {
    logger.info({ signal }, 'stopping');
    if (format === 'text') process.stdout.write('\nStopping.\n');
    for (const again of signals) process.off(again, stop).on(again, () => process.exit(1));
    exitLater();
    standalone.stop().catch((error: unknown) => logger.error({ err: error }, 'could not stop in order'));
  };
  for (const signal of signals) process.on(signal, stop);

  try {
    const running = standalone.run();
    if (options.startDemo) demo.start();
    const { directory, offers } = options;
    logger.info({ address, directory, offers, demo: demo.running }, 'serving');
    if (format === 'text') process.stdout.write(bannerOf({ address, directory, offers, demo }));
    await running;
    logger.info('stopped');
    return 0;
  } catch (error) {
    logger.fatal({ err: error }, 'cannot go on');
    exitLater();
    return 1;
  } finally {
    await standalone.stop();
  }
}

const signals = ['SIGTERM', 'SIGINT'] as const;
