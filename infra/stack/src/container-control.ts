import type { ContainerRuntimeClient } from 'testcontainers';
import type { ServerControl } from './stack.ts';
import { Hopeless, until } from './until.ts';

const answerTimeoutMs = 120_000;
const stopTimeoutSeconds = 30;

export interface ContainerControl extends ServerControl {
  /** Rejects with the end of the server's log when it ends or does not answer in time. */
  untilAnswer(): Promise<void>;
}

/** Control over a container that exists. It keeps its ports and its file system, thus its data, while stopped. */
export function controlContainer(
  client: ContainerRuntimeClient,
  id: string,
  name: string,
  answers: () => Promise<boolean>,
): ContainerControl {
  const container = client.container.getById(id);

  async function runs(): Promise<boolean> {
    return (await container.inspect()).State.Running;
  }

  async function untilAnswer(): Promise<void> {
    try {
      await until(
        `an answer from ${name}`,
        async () => {
          if (await answers()) return true;
          if (await runs()) return false;
          throw new Hopeless(`the container of ${name} ended before it answered`);
        },
        { timeoutMs: answerTimeoutMs },
      );
    } catch (cause) {
      const log = await container.logs({ stdout: true, stderr: true, tail: 30 });
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`${reason}; the end of its log:\n${withoutFrames(log)}`, { cause });
    }
  }

  return {
    pid: null,
    async stop() {
      if (await runs()) await container.stop({ t: stopTimeoutSeconds });
    },
    async start() {
      if (await runs()) return;
      await container.start();
      await untilAnswer();
    },
    async kill(signal) {
      if (!(await runs())) return;
      await container.kill({ signal });
      if (signal !== 'SIGKILL') return;
      await until(`end of ${name} after SIGKILL`, async () => !(await runs()), { timeoutMs: 30_000 });
    },
    untilAnswer,
  };
}

/** The engine cuts a log into frames with a binary header of 8 bytes each. */
function withoutFrames(log: Buffer): string {
  const texts: string[] = [];
  for (let at = 0; at + 8 <= log.length;) {
    const length = log.readUInt32BE(at + 4);
    texts.push(log.toString('utf8', at + 8, at + 8 + length));
    at += 8 + length;
  }
  return texts.join('').trimEnd();
}
