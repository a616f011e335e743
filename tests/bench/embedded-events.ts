/** Encodes simulated events into a file, for `bench:embedded`. Arguments: the file, how many, a directory for schemas. */
import { encodeContent, simulateTraffic } from '@offerlock/traffic';
import { openEmbeddedInstallation } from '../support/embedded-installation.ts';
import { writeEventFile } from './event-file.ts';

const [file = '', count = '', directory = ''] = process.argv.slice(2);
const events = Number(count);
const tellEvery = 50_000;

// Every new directory gives the same ids to the same schemas.
const installation = await openEmbeddedInstallation(directory, { partitions: 1 });
const { event: encoder } = installation.encoders;
await installation.close();

const traffic = simulateTraffic({ seed: 4, events, startAtMs: Date.UTC(2026, 4, 1) });

function* records() {
  let made = 0;
  for (const { key, content } of traffic.records()) {
    yield { key, value: encodeContent(content, encoder) };
    made += 1;
    if (made % tellEvery === 0) process.send?.(made);
  }
}

await writeEventFile(file, records());
process.disconnect?.();
