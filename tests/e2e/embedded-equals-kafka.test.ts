/*
 * The same events, through the installation in one process and through Kafka and Redis: they must leave the same
 * metrics, dead letters, timers and states, record by record, and both must be what one fold of the events gives.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import type { EventSink } from '@offerlock/event-log';
import { differingRecords } from '../support/differing-records.ts';
import { openEmbeddedInstallation } from '../support/embedded-installation.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { publishSimulated } from '../support/publish-simulated.ts';
import { startStandaloneProcess, type StandaloneProcess } from '../support/standalone-process.ts';

const events = 200_000;
const partitions = 4;
const ownMegabytesMax = 400;

let installation: Installation;
let standalone: StandaloneProcess | null = null;
let directory: string;

afterEach(async () => {
  standalone?.kill('SIGKILL');
  await standalone?.exited;
  await installation.close();
  await rm(directory, { recursive: true });
});

/** Records without a key go anywhere; here they share one, so that every record lies at the same place in both logs. */
function withKeys(sink: EventSink): EventSink {
  return {
    append: (records) => sink.append(records.map((record) => ({ ...record, key: record.key ?? 'no key' }))),
    close: () => sink.close(),
  };
}

/** Memory of a process without the pages of its files, which the kernel takes back when somebody needs them. */
async function ownMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1]) / 1_024;
}

test('200,000 events give the same without servers as on Kafka and Redis', async () => {
  const traffic = { seed: 2_026, events };
  directory = await mkdtemp(join(tmpdir(), 'offerlock-equals-'));
  installation = await createInstallation({ partitions });
  const before = await openEmbeddedInstallation(directory, { partitions });
  await publishSimulated({ encoders: before.encoders, sink: withKeys(before.sink) }, traffic);
  await before.close();
  const { encoders, sink } = installation;
  const published = await publishSimulated({ encoders, sink: withKeys(sink) }, traffic);

  standalone = startStandaloneProcess({ directory });
  const overview = await standalone.drained(120_000);
  expect(await ownMegabytes(standalone.pid)).toBeLessThan(ownMegabytesMax);
  standalone.kill('SIGTERM');
  expect(await standalone.exited).toEqual({ code: 0, signal: null });
  expect(overview.partitions.reduce((sum, { end }) => sum + Number(end), 0)).toBe(published);

  installation.startProjector();
  await installation.drained();
  const embedded = await openEmbeddedInstallation(directory);
  try {
    const onServers = await installation.compare();
    expect(onServers.differences).toEqual([]);
    const embeddedAccount = await embedded.compare();
    expect(embeddedAccount.differences).toEqual([]);
    expect(embeddedAccount.truth.outcomes).toEqual(onServers.truth.outcomes);
    expect(embeddedAccount.truth.states).toEqual(onServers.truth.states);
    expect(await differingRecords(installation, embedded)).toEqual([]);
  } finally {
    await embedded.close();
  }
}, 300_000);
