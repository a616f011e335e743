import { afterEach, expect, test } from '@jest/globals';
import type { LogBatch, LogTransfer, TopicRecord, TransferRecord } from '@offerlock/event-log';
import { createKafkaLogTransfer } from '@offerlock/event-log/kafka';
import { createKafkaLog, type KafkaLog } from '../support/kafka-log.ts';
import { recordingObserver } from '../support/recording-observer.ts';
import { until } from '../support/until.ts';

/*
 * Guards what moving a log rests on: records come to lie exactly where they are put, with their own times, and a group
 * that begins with a committed offset and our mark goes on under it.
 */

let log: KafkaLog | undefined;
let transfer: LogTransfer | undefined;

afterEach(async () => {
  await transfer?.close();
  await log?.close();
});

async function open(): Promise<{ log: KafkaLog; transfer: LogTransfer }> {
  log = await createKafkaLog({ partitions: 3 });
  const { connection, groupId } = log;
  transfer = createKafkaLogTransfer({ connection, groupId });
  return { log, transfer };
}

const yesterday = Date.now() - 86_400_000;

function recordOf(at: number, fields: Partial<TransferRecord> = {}): TransferRecord {
  return {
    key: Buffer.from(`key-${at}`),
    value: Buffer.from(`value-${at}`),
    headers: {},
    timestampMs: yesterday + (at % 7) * 1_000,
    ...fields,
  };
}

async function readAll(from: ReadonlyMap<number, bigint>): Promise<readonly TopicRecord[]> {
  const found: TopicRecord[] = [];
  await transfer?.read('metrics', from, (records) => {
    found.push(...records);
  });
  return found;
}

test('records lie in their partition one after the other, with key, value, headers and time', async () => {
  const opened = await open();
  const records = [
    ...Array.from({ length: 1_200 }, (_, at) => recordOf(at)),
    recordOf(1_200, { key: null, headers: { reason: Buffer.from('why'), text: 'ünï' } }),
    recordOf(1_201, { value: null }),
    recordOf(1_202, { value: Buffer.alloc(600_000, 'x') }),
  ];
  expect(await opened.transfer.append('metrics', 1, records.slice(0, 700))).toBe(0n);
  expect(await opened.transfer.append('metrics', 1, records.slice(700))).toBe(700n);
  expect(await opened.transfer.bounds('metrics')).toEqual([
    { startOffset: 0n, endOffset: 0n },
    { startOffset: 0n, endOffset: 1_203n },
    { startOffset: 0n, endOffset: 0n },
  ]);
  const found = await readAll(new Map([[1, 0n]]));
  expect(found.map(({ offset }) => Number(offset))).toEqual(records.map((_, at) => at));
  for (const [at, { key, value, headers, timestampMs }] of found.entries()) {
    const { headers: expected, ...rest } = records[at] as TransferRecord;
    expect({ key, value, timestampMs }).toEqual(rest);
    expect(Object.entries(headers).map(([name, text]) => [name, String(text)])).toEqual(
      Object.entries(expected).map(([name, text]) => [name, String(text)]),
    );
  }
});

test('a read begins where it is told, in the partitions that it is told', async () => {
  const opened = await open();
  const records = [0, 1, 2, 3].map((at) => recordOf(at));
  for (const partition of [0, 1, 2]) await opened.transfer.append('metrics', partition, records);
  const found = await readAll(
    new Map([
      [0, 3n],
      [2, 1n],
    ]),
  );
  expect(found.map(({ partition, offset }) => `${partition}/${offset}`).sort()).toEqual([
    '0/3',
    '2/1',
    '2/2',
    '2/3',
  ]);
});

test('a topic that is missing is named', async () => {
  const { log: present } = await open();
  const connection = { ...present.connection, topicPrefix: 'nobody-has.' };
  const elsewhere = createKafkaLogTransfer({ connection, groupId: present.groupId });
  try {
    await expect(elsewhere.bounds('metrics')).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
  } finally {
    await elsewhere.close();
  }
});

test('an offset that was set with a mark is where the group goes on, under a later epoch of the same trust', async () => {
  const opened = await open();
  await opened.log.put(0, ['a', 'b', 'c']);
  expect(await opened.transfer.group()).toEqual({ members: 0, committed: [null, null, null] });
  const place = { offset: 2n, mark: { epoch: 7_000, trustedEpoch: 5_000 } };
  await opened.transfer.commit(0, place);
  await opened.transfer.commit(0, place);
  expect((await opened.transfer.group()).committed).toEqual([place, null, null]);

  const batches: LogBatch[] = [];
  const member = opened.log.member();
  await member.consume((batch) => {
    batches.push(batch);
    return Promise.resolve([]);
  }, recordingObserver().observer);
  await until('a batch is there', () => Promise.resolve(batches.length > 0));
  expect((await opened.transfer.group()).members).toBe(1);
  const [batch] = batches;
  expect(batch).toMatchObject({ startOffset: 2n, trustedEpoch: 5_000 });
  expect(batch?.epoch).toBeGreaterThan(7_000);
  expect(batch?.records.map(({ value }) => String(value))).toEqual(['c']);
  await member.close();
});

test('an offset without a mark is set without one', async () => {
  const opened = await open();
  await opened.log.put(0, ['a']);
  await opened.transfer.commit(0, { offset: 1n, mark: null });
  expect((await opened.transfer.group()).committed[0]).toEqual({ offset: 1n, mark: null });
});
