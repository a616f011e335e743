/*
 * The same events, through the installation in one process and through Kafka and Redis: they must leave the same
 * metrics, dead letters, timers and states, record by record, and those must be what one fold of the events gives.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import type { EventSink } from '@offerlock/event-log';
import type { ProjectionReader } from '@offerlock/projection';
import { differingRecords } from '../support/differing-records.ts';
import { countedBy, countsOf } from '../support/embedded-accounts.ts';
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

async function statesOf(projection: ProjectionReader, customer: string): Promise<readonly string[]> {
  const offers = await projection.offersOf(customer);
  return offers.map(({ actionMapId, offer }) => `${actionMapId} ${offer.stateJson}`);
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
    const { truth, differences } = await installation.compare();
    expect(differences).toEqual([]);
    expect(await differingRecords(installation, embedded)).toEqual([]);
    expect(countedBy(overview)).toEqual(countsOf(truth));
    expect(overview.offers).toBe(truth.states.length);
    // What readers of the projection get, for some of the customers: all states are in the records compared above.
    for (let index = 0; index < truth.customers.length; index += 10) {
      const customer = truth.customers[index] ?? '';
      expect(await statesOf(embedded.projection, customer)).toEqual(
        await statesOf(installation.projection, customer),
      );
    }
  } finally {
    await embedded.close();
  }
}, 300_000);
