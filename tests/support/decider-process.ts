import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { repository } from './serving-process.ts';

/** A session of a customer, and how often it is asked about. */
export interface Visit {
  readonly customerId: string;
  readonly sessionId: string;
  readonly asks: number;
}

/** Visits that are asked about at once. */
export interface DeciderStep {
  readonly visits: readonly Visit[];
}

export interface DeciderReply {
  readonly decided: number;
  readonly unavailable: number;
  /** How often customers were read for it. */
  readonly tries: number;
}

/** A promise, and what became of it. Times are ms since 1970, by one clock for all processes. */
export interface ToldPromise {
  readonly customerId: string;
  readonly sessionId: string;
  readonly actionMapId: string;
  readonly mediaType: string;
  readonly actionId: string;
  readonly decidedAt: number;
  readonly reservedUntil: number;
  readonly fate: 'shown' | 'released' | 'forgotten';
  /** Shown: when the log had the event. Released: when somebody began to release it. */
  readonly endedAt: number | null;
  /** When the visitor began to reject it. */
  readonly rejectedAt: number | null;
}

export interface DeciderProcess {
  /** Resolves when it can decide. */
  readonly begun: Promise<unknown>;
  ask(step: DeciderStep): Promise<DeciderReply>;
  /** Ends it; resolves with every promise it has made, once all events of their visitors are in the log. */
  end(): Promise<readonly ToldPromise[]>;
  kill(): void;
}

/** Starts `decider.ts`. A call rejects when the process ends before it has answered. */
export function startDeciderProcess(environment: Readonly<Record<string, string>>): DeciderProcess {
  const child = spawn(process.execPath, [`${repository}tests/dist/support/decider.js`], {
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const errors: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const closed = once(child, 'close');
  const next = async (): Promise<unknown> => {
    const { done, value } = await lines.next();
    if (done !== true) return JSON.parse(value);
    await closed;
    throw new Error(`a decider ended (${child.exitCode ?? child.signalCode}): ${errors.join('')}`);
  };
  const begun = next();
  // Whoever waits for it hears of it.
  begun.catch(() => undefined);
  return {
    begun,
    ask: async (step) => {
      child.stdin.write(`${JSON.stringify(step)}\n`);
      return (await next()) as DeciderReply;
    },
    end: async () => {
      child.stdin.end();
      const promises: ToldPromise[] = [];
      for await (const line of { [Symbol.asyncIterator]: () => lines }) {
        promises.push(JSON.parse(line) as ToldPromise);
      }
      await closed;
      if (child.exitCode !== 0) throw new Error(`a decider failed: ${errors.join('')}`);
      return promises;
    },
    kill: () => {
      child.kill('SIGKILL');
    },
  };
}
