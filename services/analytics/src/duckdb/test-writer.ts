import { batch, metric } from '../test-rows.ts';
import { openDuckDbReportStore } from './duckdb-report-store.ts';

/** Appends batches of 50 to the store named by its argument, and says so, until somebody kills it. */
const store = await openDuckDbReportStore({ path: process.argv[2] ?? '' });
let next = (await store.offsets()).metrics.get(0) ?? 0n;
for (;;) {
  await store.append(
    batch(
      Array.from({ length: 50 }, () => metric()),
      [],
      next,
    ),
  );
  next += 50n;
  process.stdout.write(`${next}\n`);
}
