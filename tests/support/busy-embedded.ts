/**
 * A process that appends simulated events to a data directory and folds them until somebody kills it, with limits so
 * small that compaction and retention are at work all the time. It tells how much it has appended and committed.
 * Arguments: the directory, a seed.
 */

import { encodeContent, simulateTraffic } from '@offerlock/traffic';
import { openEmbeddedInstallation } from './embedded-installation.ts';

const [path = '', seed = ''] = process.argv.slice(2);
const retention = { retentionBytes: 400_000 };
const backlogMax = 4_000;

const installation = await openEmbeddedInstallation(path, {
  partitions: 2,
  // Events stay, as the account of all of them is what everything else is compared with.
  retention: { metrics: retention, deadLetters: retention },
  limits: {
    chunkBytesMax: 32_768,
    tailBytesMax: 300_000,
    garbageRecordsMin: 300,
    maintenanceIntervalMs: 5,
  },
});
let [sent, committed] = [0, 0];
let wake: () => void = () => undefined;
const tell = () => process.stdout.write(`${JSON.stringify({ appended: sent, committed })}\n`);
const isAhead = () => sent - committed > backlogMax;
const projector = installation.createProjector({
  batchRecordsMax: 200,
  committed({ records }) {
    committed += records;
    tell();
    wake();
  },
});
const running = projector.run();
process.stdout.write('{"msg":"working"}\n');

// Few visitors, so that most records of the changelog are replaced by newer ones.
const traffic = simulateTraffic({
  seed: Number(seed),
  events: Number.POSITIVE_INFINITY,
  startAtMs: Date.now,
  customers: 200,
});
let batch: { key: string | null; value: Buffer }[] = [];
for (const { key, content } of traffic.records()) {
  batch.push({ key, value: encodeContent(content, installation.encoders.event) });
  if (batch.length < 100) continue;
  await installation.sink.append(batch);
  sent += batch.length;
  tell();
  batch = [];
  while (isAhead()) {
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
}
await running;
