import { describe, expect, test } from '@jest/globals';
import type { Documents } from '@offerlock/event-log';
import { eventLogFixture, type EventLogHarness } from './event-log-fixture.ts';

export function describeDocuments(log: string, createHarness: () => Promise<EventLogHarness>): void {
  describe(`documents on ${log}`, () => {
    const fixture = eventLogFixture(createHarness);
    const { read } = fixture;

    const open = (): Documents => {
      const documents = fixture.harness.documents();
      fixture.closeLater(documents);
      return documents;
    };

    test('a change gets what the last one left, and none is made where there is none', async () => {
      const documents = open();
      expect(await changed(documents, 't', () => 'one')).toEqual({ seen: null, left: 'one' });
      expect(await changed(documents, 't', () => 'two')).toEqual({ seen: 'one', left: 'two' });
      expect(await changed(documents, 't', () => null)).toEqual({ seen: 'two', left: 'two' });
      expect(await changed(documents, 'other', () => null)).toEqual({ seen: null, left: null });
      const records = await read('actionMaps');
      expect(records.map(({ key, value }) => [String(key), String(value)]).at(-1)).toEqual(['t', 'two']);
    });

    test('what a change throws comes back unchanged, and nothing is written', async () => {
      const documents = open();
      await changed(documents, 't', () => 'one');
      const mine = new Error('mine');
      await expect(
        documents.change('t', () => {
          throw mine;
        }),
      ).rejects.toBe(mine);
      expect(await changed(documents, 't', () => null)).toEqual({ seen: 'one', left: 'one' });
    });

    test('clients that change one document at the same time lose no change', async () => {
      const clients = [open(), open()];
      const names = clients.flatMap((client, of) =>
        Array.from({ length: 15 }, (_, at) => ({ client, name: `${of}-${at}` })),
      );
      await Promise.all(
        names.map(({ client, name }) =>
          changed(client, 't', (present) => (present === null ? name : `${present},${name}`)),
        ),
      );
      const { seen } = await changed(open(), 't', () => null);
      expect(seen?.split(',').toSorted()).toEqual(names.map(({ name }) => name).toSorted());
    });

    test('documents do not touch each other, and may be large', async () => {
      const documents = open();
      const large = 'x'.repeat(4 * 1_048_576);
      await Promise.all([changed(documents, 't', () => large), changed(documents, 'other', () => 'small')]);
      const { seen } = await changed(open(), 't', () => null);
      expect(seen === large).toBe(true);
      expect(await changed(documents, 'other', () => null)).toEqual({ seen: 'small', left: 'small' });
    });
  });
}

/** Changes a document of text, and tells what the last call saw and what is there afterwards. */
async function changed(
  documents: Documents,
  key: string,
  change: (present: string | null) => string | null,
): Promise<{ readonly seen: string | null; readonly left: string | null }> {
  let seen: string | null = null;
  const left = await documents.change(key, (present) => {
    seen = present === null ? null : String(present);
    const next = change(seen);
    return next === null ? null : Buffer.from(next);
  });
  return { seen, left: left === null ? null : String(left) };
}
