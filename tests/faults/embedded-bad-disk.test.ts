/*
 * Property: whatever is wrong with port, disk or data directory, the installation in one process says so in one line,
 * and touches nothing that is not its own; while a disk is full it waits, and loses nothing it has acknowledged.
 * Provoked by real ones: taken ports, rights taken away, limits on the size of files, bytes changed in a file.
 */
import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, open, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { missingEvents } from '../support/embedded-accounts.ts';
import { openEmbeddedInstallation } from '../support/embedded-installation.ts';
import { startHttpProducers } from '../support/http-producers.ts';
import { publishSimulated } from '../support/publish-simulated.ts';
import {
  startStandaloneProcess,
  type StandaloneOptions,
  type StandaloneProcess,
} from '../support/standalone-process.ts';
import { until } from '../support/until.ts';

const run = promisify(execFile);

let scratch: string;
let directory: string;
const started: StandaloneProcess[] = [];

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'offerlock-bad-disk-'));
  directory = join(scratch, 'data');
});
afterEach(async () => {
  for (const one of started.splice(0)) {
    one.kill('SIGKILL');
    await one.exited;
  }
  await rm(scratch, { recursive: true });
});

function start(options: Partial<StandaloneOptions> = {}): StandaloneProcess {
  const one = startStandaloneProcess({ directory, ...options });
  started.push(one);
  return one;
}

/** Names and bytes of everything below the scratch directory, but for the notes of who uses the data. */
async function everyByte(): Promise<readonly string[]> {
  const entries = await readdir(scratch, { recursive: true, withFileTypes: true });
  const lines = entries.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    if (entry.parentPath.endsWith('/holders')) return `${entry.parentPath}/`;
    if (entry.name === 'data.mdb-lock') return `${path} of LMDB's readers`;
    if (!entry.isFile()) return `${path}/`;
    return `${path} ${createHash('sha1')
      .update(await readFile(path))
      .digest('hex')}`;
  });
  return [...new Set(await Promise.all(lines))].sort();
}

/** What a process says that ends by itself with an error: one line for a person. */
async function refusalOf(one: StandaloneProcess): Promise<string> {
  const exit = await one.exited;
  const [line = '', ...more] = one.errorText().trim().split('\n');
  if (exit.signal !== null || exit.code === 0 || line === '' || more.length > 0) {
    throw new Error(`${JSON.stringify(exit)} with ${one.errorText()}, log ${JSON.stringify(one.logLines)}`);
  }
  return line;
}

/** A directory with some thousand events that nobody has folded yet. */
async function fillDirectory(): Promise<void> {
  const installation = await openEmbeddedInstallation(directory, { partitions: 2 });
  await publishSimulated(installation, { seed: 11, events: 5_000 });
  await installation.close();
}

test('a port that is taken is named, with the way to another', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    const refused = start({ environment: { OFFERLOCK_HTTP_PORT: String(port) } });
    expect(await refusalOf(refused)).toMatch(new RegExp(`port ${port} .*taken.*OFFERLOCK_HTTP_PORT`));
  } finally {
    server.close();
  }
});

test('a file in the place of the data directory is left alone', async () => {
  await writeFile(directory, 'not a directory');
  const before = await everyByte();
  expect(await refusalOf(start())).toMatch(new RegExp(`${directory} .*not a directory`));
  expect(await everyByte()).toEqual(before);
});

test('a directory that holds other files is left alone', async () => {
  await mkdir(directory);
  await writeFile(join(directory, 'thesis.txt'), 'years of work');
  const before = await everyByte();
  expect(await refusalOf(start())).toMatch(new RegExp(`${directory} .*thesis\\.txt`));
  expect(await everyByte()).toEqual(before);
});

test('data of a newer format is left alone, and the formats are named', async () => {
  await fillDirectory();
  const manifest = join(directory, 'offerlock.json');
  const known = JSON.parse(await readFile(manifest, 'utf8')) as { format: number };
  await writeFile(manifest, JSON.stringify({ ...known, format: known.format + 1 }));
  const before = await everyByte();
  expect(await refusalOf(start())).toMatch(
    new RegExp(`${manifest} is of format ${known.format + 1}.*newer version`),
  );
  expect(await everyByte()).toEqual(before);
});

/** Root may write anywhere, so as root the process runs as somebody else. */
const withoutPrivileges =
  process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];

test.each([
  ['that is empty', async () => mkdir(directory)],
  ['with data', fillDirectory],
])('a directory %s that may not be written to is named', async (_, prepare) => {
  await prepare();
  await chmod(scratch, 0o755);
  await chmod(directory, 0o555);
  const before = await everyByte();
  expect(await refusalOf(start({ within: withoutPrivileges }))).toMatch(
    new RegExp(`${directory}.*(permission denied|may not)`, 'i'),
  );
  expect(await everyByte()).toEqual(before);
  await chmod(directory, 0o755);
});

test('a second process on the same directory is told who holds it, and the first goes on', async () => {
  await fillDirectory();
  const first = start();
  await first.drained();
  expect(await refusalOf(start())).toMatch(new RegExp(`${directory} .*in use by process ${first.pid}`));
  const { acknowledged, stop } = startHttpProducers({ seed: 5, url: () => first.url });
  await until('events are acknowledged', () => acknowledged.size > 100);
  await stop();
  const { partitions } = await first.drained();
  const folded = partitions.reduce((sum, { committed }) => sum + Number(committed), 0);
  expect(folded).toBeGreaterThanOrEqual(5_000 + acknowledged.size);
});

test('after a SIGKILL of its holder the directory is free', async () => {
  await fillDirectory();
  const first = start();
  await first.ready();
  first.kill('SIGKILL');
  await first.exited;
  const { partitions } = await start().drained();
  expect(partitions.reduce((sum, { committed }) => sum + Number(committed), 0)).toBe(5_000);
});

const dataFile = () => join(directory, 'data.mdb');

const pageBytes = 4_096;

/** Up to the last page that holds anything; what follows is room for later. From the newer of LMDB's two headers. */
function usedBytes(file: Buffer): number {
  const headers = [0, pageBytes].map((at) => ({
    lastPage: file.readBigUInt64LE(at + 0x90),
    transaction: file.readBigUInt64LE(at + 0x98),
  }));
  const newest = headers.reduce((one, other) => (other.transaction > one.transaction ? other : one));
  return (Number(newest.lastPage) + 1) * pageBytes;
}

/** Overwrites bytes of the data file. */
async function overwrite(position: number, bytes: Buffer): Promise<void> {
  const handle = await open(dataFile(), 'r+');
  await handle.write(bytes, 0, bytes.length, position);
  await handle.close();
}

test.each([
  ['was cut in half', async (bytes: Buffer) => truncate(dataFile(), Math.floor(usedBytes(bytes) / 2))],
  ['lost its end', async (bytes: Buffer) => truncate(dataFile(), Math.floor(usedBytes(bytes) * 0.75))],
  ['is empty', async () => truncate(dataFile(), 0)],
  ['begins with garbage', async () => overwrite(0, Buffer.alloc(2 * 4_096, 0xa5))],
  ['is another file', async (bytes: Buffer) => writeFile(dataFile(), Buffer.alloc(bytes.length, 'x'))],
])('a data file that %s is named and left alone', async (_, damage) => {
  await fillDirectory();
  await damage(await readFile(dataFile()));
  const before = await everyByte();
  expect(await refusalOf(start())).toContain(`${dataFile()} is damaged`);
  expect(await everyByte()).toEqual(before);
});

/** Flips a bit in an event of a partition. */
async function flipBit(partition: number, which: 'middle' | 'newest'): Promise<void> {
  const installation = await openEmbeddedInstallation(directory);
  const texts: string[] = [];
  await installation.reader.read('events', (records) => {
    for (const { partition: found, value } of records) {
      // Short values may be there more than once.
      if (found === partition && value !== null && value.length > 100)
        texts.push(value.toString('latin1', 5));
    }
  });
  await installation.close();
  const text = texts.at(which === 'middle' ? texts.length / 2 : -1) ?? '';
  const bytes = await readFile(dataFile());
  const at = bytes.indexOf(text, 0, 'latin1');
  if (text === '' || at === -1) throw new Error('the event was not found in the file');
  await overwrite(at, Buffer.of((bytes[at] ?? 0) ^ 1));
}

test('a flipped bit in an event halts its partition with its place; the other one goes on', async () => {
  await fillDirectory();
  await flipBit(1, 'middle');
  const damaged = start();
  await damaged.url;
  await until('the partition is halted', async () => !(await damaged.readiness()).ready);
  const { text } = await damaged.readiness();
  expect(text).toContain('partition 1 is halted: LOG_CORRUPT');
  expect(text).toMatch(/webactions\.events\.v1, partition 1 from offset [1-9]/);
  await until('the other partition is drained', async () => {
    const [other] = (await damaged.overview()).partitions;
    return other !== undefined && other.end !== '0' && other.end === other.committed;
  });
});

test('a flipped bit in the newest event, where the log would go on, keeps it from starting', async () => {
  await fillDirectory();
  await flipBit(1, 'newest');
  const before = await everyByte();
  expect(await refusalOf(start())).toMatch(
    /webactions\.events\.v1, partition 1 from offset \d+ on are damaged/,
  );
  expect(await everyByte()).toEqual(before);
});

/** Lets no file grow beyond this, as a full disk would; the limit can be lifted while the process runs. */
const withFilesOf = (kilobytes: number): readonly string[] => [
  'bash',
  '-c',
  `trap '' XFSZ; ulimit -S -f ${kilobytes}; exec "$@"`,
  'bash',
];

test('a disk that is full costs nothing that was acknowledged, and work goes on once there is room', async () => {
  const full = start({ within: withFilesOf(24_000) });
  await full.ready();
  const producers = startHttpProducers({ seed: 12, eventsMax: 100, url: () => full.url });
  await until('the disk is full', () => producers.refusals.length > 20, { timeoutMs: 60_000 });
  const [refusal] = producers.refusals;
  expect(refusal).toMatchObject({ status: 503, body: { status: 503, code: 'UNAVAILABLE' } });
  await until('it says so', async () => !(await full.readiness()).ready);
  expect((await full.readiness()).text).toMatch(/LOG_UNAVAILABLE/);
  const known = producers.acknowledged.size;
  expect(known).toBeGreaterThan(0);

  await run('prlimit', ['--pid', String(full.pid), '--fsize=unlimited']);
  await until('events are acknowledged again', () => producers.acknowledged.size > known + 1_000);
  await producers.stop();
  await full.ready();
  await full.drained();
  full.kill('SIGTERM');
  expect(await full.exited).toEqual({ code: 0, signal: null });

  const installation = await openEmbeddedInstallation(directory);
  try {
    expect(await missingEvents(installation, producers.acknowledged)).toEqual([]);
    expect((await installation.compare()).differences).toEqual([]);
  } finally {
    await installation.close();
  }
});
