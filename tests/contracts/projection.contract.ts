import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  positionOf,
  type OfferWrite,
  type ProjectionReader,
  type ProjectionStore,
  type StoredOffer,
} from '@offerlock/projection';

/** An empty projection, seen through two clients of it. */
export interface ProjectionUnderTest {
  readonly store: ProjectionStore;
  readonly otherStore: ProjectionStore;
  readonly reader: ProjectionReader;
  close(): Promise<void>;
}

let customers = 0;

/** Tests share a projection; each has its own customers. */
const newCustomer = () => `default/customer-${++customers}`;

function writeOf(
  customer: string,
  write: Partial<Omit<OfferWrite, 'key'>> & { map?: string } = {},
): OfferWrite {
  const { map = 'map-1', position = positionOf(1, 1n), before = null } = write;
  return {
    key: { customer, actionMapId: map },
    position,
    stateJson:
      write.stateJson ?? JSON.stringify({ status: 'offered', actionId: `${customer} ${map} ${position}` }),
    before,
  };
}

const storedBy = ({ position, stateJson, before }: OfferWrite): StoredOffer => ({
  position,
  stateJson,
  before,
});

/** What every adapter of the projection does alike. */
export function projectionContract(adapter: string, open: () => Promise<ProjectionUnderTest>): void {
  describe(`the projection contract, on ${adapter}`, () => {
    let under: ProjectionUnderTest;
    beforeAll(async () => {
      under = await open();
    });
    afterAll(() => under.close());

    const loadOne = async (write: OfferWrite) => (await under.store.load([write.key]))[0];

    test('an empty store takes a number of partitions, and later no other', async () => {
      await Promise.all([
        under.store.prepare({ partitions: 12 }),
        under.otherStore.prepare({ partitions: 12 }),
      ]);
      await under.store.prepare({ partitions: 12 });
      await expect(under.otherStore.prepare({ partitions: 13 })).rejects.toMatchObject({
        code: 'PARTITION_COUNT_CHANGED',
        details: { partitions: 13 },
      });
      await under.store.prepare({ partitions: 12 });
    });

    test('keys that were never written load as null', async () => {
      const key = { customer: newCustomer(), actionMapId: 'map-1' };
      expect(await under.store.load([key])).toEqual([null]);
    });

    test('no keys load nothing, and no writes save nothing', async () => {
      expect(await under.store.load([])).toEqual([]);
      expect(await under.store.save([])).toBe('saved');
    });

    test('what was saved is loaded by every client, exactly', async () => {
      const first = writeOf(newCustomer());
      const second = writeOf(newCustomer(), {
        position: positionOf(1_730_000_000_000, 2n ** 62n),
        before: { position: positionOf(7, 0n), stateJson: '{"status":"none","closed":[{}]}' },
      });
      expect(await under.store.save([first, second])).toBe('saved');
      expect(await under.otherStore.load([first.key, second.key])).toEqual([
        storedBy(first),
        storedBy(second),
      ]);
    });

    test('offers are loaded in the order of the keys, whatever customers and maps they name', async () => {
      const [one, other] = [newCustomer(), newCustomer()];
      const writes = [
        writeOf(one, { map: 'a' }),
        writeOf(other, { map: 'a' }),
        writeOf(one, { map: 'b' }),
        writeOf(other, { map: 'c' }),
      ];
      await under.store.save(writes);
      const keys = [
        writes[2]!.key,
        { customer: one, actionMapId: 'none' },
        writes[3]!.key,
        writes[1]!.key,
        writes[0]!.key,
        writes[2]!.key,
      ];
      const expected = [writes[2]!, null, writes[3]!, writes[1]!, writes[0]!, writes[2]!];
      expect(await under.store.load(keys)).toEqual(expected.map((write) => write && storedBy(write)));
    });

    test('a state with any text in it comes back as it was', async () => {
      const message = '",\\"before\\":{" }} {"before":null} \u2028 é 漢 😀 \u0000 \\';
      const stateJson = JSON.stringify({
        status: 'errored',
        visited: [{ error: { message } }],
        ключ: message,
      });
      const write = writeOf(newCustomer(), { stateJson, before: { position: positionOf(1, 0n), stateJson } });
      await under.store.save([write]);
      expect(await loadOne(write)).toEqual(storedBy(write));
      expect(JSON.parse((await loadOne(write))!.stateJson)).toEqual(JSON.parse(stateJson));
    });

    test('a state of a hundred kilobytes is kept whole', async () => {
      const stateJson = JSON.stringify({ status: 'errored', early: Array(50).fill('é'.repeat(1_000)) });
      const write = writeOf(newCustomer(), { stateJson, before: { position: positionOf(1, 0n), stateJson } });
      await under.store.save([write]);
      expect(await loadOne(write)).toEqual(storedBy(write));
    });

    test('five hundred customers with two maps each are saved and loaded in one call', async () => {
      const written = Array.from({ length: 500 }, newCustomer);
      const writes = ['a', 'b'].flatMap((map) => written.map((customer) => writeOf(customer, { map })));
      expect(await under.store.save(writes)).toBe('saved');
      expect(await under.store.load(writes.map(({ key }) => key))).toEqual(writes.map(storedBy));
    });

    test('a later position replaces an earlier one: a later event, or any event of a later epoch', async () => {
      const customer = newCustomer();
      for (const position of [positionOf(1, 9n), positionOf(1, 10n), positionOf(2, 3n), positionOf(16, 2n)]) {
        const write = writeOf(customer, { position });
        expect(await under.store.save([write])).toBe('saved');
        expect(await loadOne(write)).toEqual(storedBy(write));
      }
    });

    test.each([
      { kind: 'event', written: positionOf(5, 16n), late: positionOf(5, 15n) },
      { kind: 'epoch', written: positionOf(16, 1n), late: positionOf(15, 99n) },
    ])('an earlier $kind is superseded and changes nothing', async ({ written, late }) => {
      const write = writeOf(newCustomer(), { position: written });
      await under.store.save([write]);
      expect(await under.otherStore.save([writeOf(write.key.customer, { position: late })])).toBe(
        'superseded',
      );
      expect(await loadOne(write)).toEqual(storedBy(write));
    });

    test('the same position may be written again, so a save can be repeated', async () => {
      const write = writeOf(newCustomer(), { position: positionOf(3, 4n) });
      expect(await under.store.save([write])).toBe('saved');
      expect(await under.store.save([write])).toBe('saved');
      const again = { ...write, stateJson: '{"status":"accepted"}' };
      expect(await under.store.save([again])).toBe('saved');
      expect(await loadOne(write)).toEqual(storedBy(again));
    });

    test('one superseded map leaves all of its customer in that call unwritten', async () => {
      const customer = newCustomer();
      const newer = writeOf(customer, { map: 'b', position: positionOf(2, 1n) });
      await under.store.save([newer]);
      const late = ['a', 'b', 'c'].map((map) => writeOf(customer, { map, position: positionOf(1, 50n) }));
      expect(await under.store.save(late)).toBe('superseded');
      expect(await under.store.load(late.map(({ key }) => key))).toEqual([null, storedBy(newer), null]);
    });

    test('one superseded offer among many customers is reported', async () => {
      const writes = Array.from({ length: 300 }, () => writeOf(newCustomer()));
      await under.store.save([{ ...writes[123]!, position: positionOf(2, 0n) }]);
      expect(await under.store.save(writes)).toBe('superseded');
    });

    test('a reader sees all maps of a customer in order of their ids, and nobody else’s', async () => {
      const customer = newCustomer();
      const maps = ['b', 'a', '10', '9', '__proto__', 'constructor', 'Z:@-._'];
      const writes = maps.map((map) => writeOf(customer, { map }));
      await under.store.save([...writes, writeOf(newCustomer())]);
      const offers = await under.reader.offersOf(customer);
      expect(offers.map(({ actionMapId }) => actionMapId)).toEqual([
        '10',
        '9',
        'Z:@-._',
        '__proto__',
        'a',
        'b',
        'constructor',
      ]);
      for (const { actionMapId, offer } of offers) {
        expect(offer).toEqual(storedBy(writeOf(customer, { map: actionMapId })));
      }
    });

    test('a reader finds nothing of an unknown customer', async () => {
      expect(await under.reader.offersOf(newCustomer())).toEqual([]);
    });
  });
}
