import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { SinkRecord, TopicRecord } from '@offerlock/event-log';
import { deadLetterHeaders as header, type WebActionEvent } from '@offerlock/schemas';
import { day, eventOf } from '@offerlock/lifecycle/testing';
import { createInstallation, type Installation } from '../support/installation.ts';
import type { ServingProcess } from '../support/serving-process.ts';

let installation: Installation;
let projector: ServingProcess;
let deadLetters: readonly TopicRecord[];
const sent = new Map<string, SinkRecord>();

const bytes = (...values: readonly number[]): Buffer => Buffer.from(values);
const encoded = (fields: Partial<WebActionEvent>, state = 'offered'): Buffer =>
  Buffer.from(installation.encoders.event.encode(eventOf(state, { customerId: 'bad', ...fields })));

const cases: readonly {
  title: string;
  reason: string;
  /** Part of what the operator is told. */
  told: RegExp;
  record: () => SinkRecord;
}[] = [
  {
    title: 'an unknown state',
    reason: 'UNKNOWN_STATE',
    told: /clicked/,
    record: () => ({ key: 'default/bad', value: encoded({}, 'clicked') }),
  },
  {
    title: 'an unknown media type',
    reason: 'UNKNOWN_MEDIA_TYPE',
    told: /fax/,
    record: () => ({ key: 'default/bad', value: encoded({ actionMediaType: 'fax' }) }),
  },
  {
    title: 'undecodable bytes',
    reason: 'UNDECODABLE',
    told: /./,
    record: () => ({ key: 'default/bad', value: Buffer.from('not a message') }),
  },
  {
    title: 'an unknown schema id',
    reason: 'UNKNOWN_SCHEMA',
    told: /99999/,
    record: () => ({ key: 'default/bad', value: bytes(0, 0, 1, 0x86, 0x9f, 2) }),
  },
  {
    title: 'a key that does not match the event',
    reason: 'INVALID_FIELD',
    told: /key/,
    record: () => ({ key: 'default/someone-else', value: encoded({}) }),
  },
  {
    title: 'an id with forbidden characters',
    reason: 'INVALID_FIELD',
    told: /customerId/,
    record: () => ({ key: 'default/{bad}', value: encoded({ customerId: '{bad}' }) }),
  },
  {
    title: 'a message of 1 MB',
    reason: 'INVALID_FIELD',
    told: /errorMessage/,
    record: () => ({
      key: 'default/bad',
      value: encoded({ errorMessage: 'x'.repeat(1_047_000) }, 'errored'),
    }),
  },
  {
    title: 'an event dated 1970',
    reason: 'INVALID_FIELD',
    told: /occurredAt/,
    record: () => ({ key: 'default/bad', value: encoded({ occurredAt: 1 }) }),
  },
  {
    title: 'an event dated 2090',
    reason: 'INVALID_FIELD',
    told: /occurredAt/,
    record: () => ({
      key: 'default/bad',
      value: encoded({ occurredAt: Date.UTC(2090, 0, 1), receivedAt: day }),
    }),
  },
];

beforeAll(async () => {
  // One partition: whatever a bad record blocked would show.
  installation = await createInstallation({ partitions: 1 });
  projector = installation.startProjector({ OFFERLOCK_BATCH_RECORDS_MAX: '1' });
  for (const { title, record } of cases) {
    const bad = record();
    sent.set(title, bad);
    await installation.sink.append([bad]);
    await installation.publish([eventOf('offered', { customerId: 'good', actionMapId: `map-${sent.size}` })]);
  }
  await installation.drained();
  const read: TopicRecord[] = [];
  await installation.reader.read('deadLetters', (records) => {
    read.push(...records);
  });
  deadLetters = read;
});

afterAll(() => installation.close());

test.each(cases.map((one, index) => ({ ...one, index })))(
  '$title ends in the dead letters as $reason, and the operator sees why',
  ({ title, reason, told, index }) => {
    const letter = deadLetters[index];
    const record = sent.get(title);
    expect(String(letter?.headers[header.reason])).toBe(reason);
    expect(letter?.value).toEqual(record?.value);
    expect(String(letter?.key)).toBe(String(record?.key));
    expect(String(letter?.headers[header.detail])).toMatch(told);
    const offset = String(letter?.headers[header.offset]);
    expect(
      projector.logLines.find((line) => line['offset'] === offset && line['reason'] === reason),
    ).toMatchObject({
      topic: installation.eventsTopic,
      partition: 0,
      detail: expect.stringMatching(told),
    });
  },
);

test('the partition goes on: every good event between the bad ones is applied', async () => {
  expect(await installation.projection.offersOf('default/good')).toHaveLength(cases.length);
  expect(deadLetters).toHaveLength(cases.length);
  const samples = await projector.samples();
  expect(samples['offerlock_events_total{outcome="applied"}']).toBe(cases.length);
  expect(samples['offerlock_dead_letters_total{reason="INVALID_FIELD"}']).toBe(5);
});
