import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { removeContainers } from './containers.ts';
import type { OwnStack, Stack, StackHandle } from './stack.ts';

/** What `npm run stack up` leaves behind for `status` and `down`. */
export type StackRecord = Pick<Stack, 'kind' | 'brokers' | 'registryUrl' | 'redisAddress'> & {
  readonly handle: StackHandle;
};

const recordFile = fileURLToPath(new URL('../../../.stack/state.json', import.meta.url));

export async function readRecord(): Promise<StackRecord | null> {
  try {
    return JSON.parse(await readFile(recordFile, 'utf8')) as StackRecord;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new Error(`cannot read ${recordFile}`, { cause: error });
  }
}

export async function writeRecord(stack: OwnStack): Promise<void> {
  const { kind, brokers, registryUrl, redisAddress, handle } = stack;
  if (handle === null) throw new Error('this stack ends with its starter, there is nothing to remember');
  await mkdir(dirname(recordFile), { recursive: true });
  const record: StackRecord = { kind, brokers, registryUrl, redisAddress, handle };
  await writeFile(recordFile, `${JSON.stringify(record, null, 2)}\n`);
}

export async function removeRecord(): Promise<void> {
  await rm(dirname(recordFile), { recursive: true, force: true });
}

/** Ends the servers of a stack that outlived its starter, and removes their data. Does nothing when they are gone. */
export async function endStack(handle: StackHandle): Promise<void> {
  if (handle.kind === 'containers') return removeContainers(handle.containerIds);
  // The guard ends the stack on a connection and closes it when all is done. Unlike a pid from a file, a socket
  // cannot come to mean another process.
  await new Promise<void>((resolve) => {
    const socket = connect(handle.socketPath);
    socket.on('error', () => resolve());
    socket.on('close', () => resolve());
    socket.resume();
  });
}
