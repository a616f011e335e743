import type { Overview } from '@offerlock/standalone';
import { repository, startServingProcess, type ServingProcess } from './serving-process.ts';
import { until } from './until.ts';

export const standaloneMain = `${repository}services/standalone/dist/main.js`;

/** The installation in one process, as users run it, without demo traffic and on a port that the system chooses. */
export interface StandaloneProcess extends ServingProcess {
  /** Status and body of `/readyz`. */
  readiness(): Promise<{ readonly ready: boolean; readonly text: string }>;
  /** Waits until it serves and works on its partitions; rejects if it ends before that. */
  ready(): Promise<void>;
  overview(): Promise<Overview>;
  /** Waits until everything in its log is folded; answers with the overview of that moment. */
  drained(timeoutMs?: number): Promise<Overview>;
}

export interface StandaloneOptions {
  /** Of the data; it is made where it is missing. */
  readonly directory: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly arguments?: readonly string[];
  readonly nodeArguments?: readonly string[];
  readonly within?: readonly string[];
}

export function startStandaloneProcess(options: StandaloneOptions): StandaloneProcess {
  const { directory, environment, ...how } = options;
  const started = startServingProcess({
    script: standaloneMain,
    environment: { OFFERLOCK_DATA_DIR: directory, OFFERLOCK_DEMO: 'off', ...environment },
    ...how,
  });
  let ended: string | null = null;
  void started.exited.then((exit) => {
    ended = `${JSON.stringify(exit)} ${started.errorText()} ${JSON.stringify(started.logLines.slice(-3))}`;
    return ended;
  });
  /** Like `until`, but does not wait for somebody who has gone. */
  const untilOrEnded = async (awaited: string, fact: () => Promise<boolean>, timeoutMs?: number) => {
    const check = async () => ended !== null || (await fact());
    await until(awaited, check, timeoutMs === undefined ? {} : { timeoutMs });
    if (ended !== null) throw new Error(`the process ended before ${awaited}: ${ended}`);
  };
  const standalone: StandaloneProcess = {
    ...started,
    async readiness() {
      const response = await fetch(`${await started.url}/readyz`);
      return { ready: response.ok, text: await response.text() };
    },
    async ready() {
      await started.url;
      await untilOrEnded('the installation is ready', async () => (await standalone.readiness()).ready);
    },
    async overview() {
      const response = await fetch(`${await started.url}/v1/overview`);
      if (!response.ok) throw new Error(`GET /v1/overview: ${response.status} ${await response.text()}`);
      return (await response.json()) as Overview;
    },
    async drained(timeoutMs = 60_000) {
      let overview = await standalone.overview();
      const isDrained = async () => {
        overview = await standalone.overview();
        return overview.partitions.every(({ end, committed }) => end === committed);
      };
      await untilOrEnded('the log is drained', isDrained, timeoutMs);
      return overview;
    },
  };
  return standalone;
}
