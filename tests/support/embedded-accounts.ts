import type { WebActionEvent } from '@offerlock/lifecycle';
import { createRecordDecoder } from '@offerlock/schemas';
import type { Overview } from '@offerlock/standalone';
import type { Account } from './account.ts';
import type { EmbeddedInstallation } from './embedded-installation.ts';

/** The acknowledged events that the log does not hold exactly as they were sent; the server itself tells `receivedAt`. */
export async function missingEvents(
  installation: EmbeddedInstallation,
  acknowledged: ReadonlyMap<string, WebActionEvent>,
): Promise<readonly string[]> {
  const missing = new Map(acknowledged);
  const changed: string[] = [];
  const decoder = createRecordDecoder(installation.registry);
  await installation.reader.read('events', async (records) => {
    for (const { value } of records) {
      const decoded = await decoder.decode(value);
      if (decoded.type !== 'event') throw new Error(`no event: ${JSON.stringify(decoded)}`);
      const { event } = decoded;
      const sent = acknowledged.get(event.eventId);
      if (sent === undefined) continue;
      missing.delete(event.eventId);
      const expected = JSON.stringify({ ...sent, receivedAt: event.receivedAt });
      if (JSON.stringify(event) !== expected) changed.push(`${JSON.stringify(event)} instead of ${expected}`);
    }
  });
  return [...[...missing.values()].map((event) => `missing ${JSON.stringify(event)}`), ...changed];
}

type Counted = Readonly<Record<'outcomes' | 'metrics' | 'deadLetters', Readonly<Record<string, number>>>>;

/** What the page counts, all tenants together. */
export function countedBy(overview: Overview): Counted {
  const sums = { outcomes: {}, metrics: {}, deadLetters: {} } as Record<
    keyof Counted,
    Record<string, number>
  >;
  for (const tenant of Object.values(overview.tenants)) {
    for (const kind of ['outcomes', 'metrics', 'deadLetters'] as const) {
      for (const [name, count] of Object.entries(tenant[kind])) {
        if (count > 0) sums[kind][name] = (sums[kind][name] ?? 0) + count;
      }
    }
  }
  return sums;
}

/** How many lines have each word at this place. */
function byWord(lines: readonly string[], index: number): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const line of lines) {
    const word = line.split(' ', index + 1)[index] ?? '';
    counts[word] = (counts[word] ?? 0) + 1;
  }
  return counts;
}

/** What the page must count. */
export function countsOf(truth: Account): Counted {
  return {
    outcomes: truth.outcomes,
    metrics: byWord(truth.metrics, 1),
    deadLetters: byWord(truth.deadLetters, 0),
  };
}

export function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
