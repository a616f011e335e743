import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { TopicRecord } from '@offerlock/event-log';
import type { OfferState, WebActionEvent } from '@offerlock/lifecycle';
import { createDecoder, deadLetterHeaders as header, type WebActionMetric } from '@offerlock/schemas';
import { eventOf, journeyOf } from '@offerlock/lifecycle/testing';
import { createInstallation, type Installation } from '../support/installation.ts';

/** The steps of the vendor's web chat lifecycle, each with the journey that leads there and what must come of it. */
const rows: readonly {
  step: string;
  journey: readonly string[];
  metrics: readonly string[];
  status: string;
  locked: boolean;
}[] = [
  {
    step: 'invitation: offered',
    journey: ['offered'],
    metrics: ['offered'],
    status: 'offered',
    locked: false,
  },
  {
    step: 'invitation: accepted',
    journey: ['offered', 'accepted'],
    metrics: ['offered', 'accepted'],
    status: 'accepted',
    locked: false,
  },
  {
    step: 'invitation: rejected',
    journey: ['offered', 'rejected'],
    metrics: ['offered', 'rejected'],
    status: 'rejected',
    locked: true,
  },
  {
    step: 'invitation: errored has no metric',
    journey: ['offered', 'errored'],
    metrics: ['offered'],
    status: 'errored',
    locked: false,
  },
  {
    step: 'invitation: ignored has no metric',
    journey: ['offered', 'ignored'],
    metrics: ['offered'],
    status: 'ignored',
    locked: true,
  },
  {
    step: 'invitation: timed out has no metric',
    journey: ['offered', 'timedout'],
    metrics: ['offered'],
    status: 'timedout',
    locked: true,
  },
  {
    step: 'form: rejected',
    journey: ['offered', 'accepted', 'rejected'],
    metrics: ['offered', 'accepted', 'rejected'],
    status: 'rejected',
    locked: true,
  },
  {
    step: 'window before the agent: started',
    journey: ['offered', 'accepted', 'started'],
    metrics: ['offered', 'accepted', 'started'],
    status: 'started',
    locked: false,
  },
  {
    step: 'window before the agent: abandoned',
    journey: ['offered', 'accepted', 'started', 'abandoned'],
    metrics: ['offered', 'accepted', 'started', 'abandoned'],
    status: 'abandoned',
    locked: true,
  },
  {
    step: 'agent connected: engaged',
    journey: ['qualified', 'offered', 'accepted', 'started', 'engaged'],
    metrics: ['qualified', 'offered', 'accepted', 'started', 'engaged'],
    status: 'engaged',
    locked: true,
  },
  {
    step: 'completion is not tracked',
    journey: ['offered', 'accepted', 'started', 'engaged', 'completed'],
    metrics: ['offered', 'accepted', 'started', 'engaged'],
    status: 'engaged',
    locked: true,
  },
];
const customerOf = (index: number): string => `visitor-${index}`;
const error = { errorCode: '00045', errorMessage: 'the widget could not be loaded' };

let installation: Installation;
const metrics: WebActionMetric[] = [];
const deadLetters: TopicRecord[] = [];
const laterOffers = rows.map((_, index): WebActionEvent =>
  eventOf('offered', {
    customerId: customerOf(index),
    actionId: 'action-2',
    occurredAt: Date.UTC(2026, 4, 2),
  }),
);

async function offerOf(customerId: string): Promise<OfferState | undefined> {
  const [projected] = await installation.projection.offersOf(`default/${customerId}`);
  return projected === undefined ? undefined : (JSON.parse(projected.offer.stateJson) as OfferState);
}

beforeAll(async () => {
  installation = await createInstallation();
  installation.startProjector();
  for (const [index, { journey, locked }] of rows.entries()) {
    const steps = journeyOf(journey, { customerId: customerOf(index) }).map((event) =>
      event.actionState === 'errored' ? { ...event, ...error } : event,
    );
    await installation.publish([...steps, ...(locked ? laterOffers.slice(index, index + 1) : [])]);
  }
  await installation.drained();
  const decoder = createDecoder(installation.registry, { metric: (metric) => metric });
  await installation.reader.read('metrics', async (records) => {
    for (const { value } of records) {
      const decoded = await decoder.decode(value);
      if ('type' in decoded) throw new Error(decoded.detail);
      metrics.push(decoded);
    }
  });
  await installation.reader.read('deadLetters', (records) => {
    deadLetters.push(...records);
  });
});

afterAll(() => installation.close());

describe.each(rows.map((row, index) => ({ ...row, index })))(
  '$step',
  ({ index, metrics: expected, status, locked }) => {
    test('publishes the metrics that count', () => {
      const published = metrics.filter(({ customerId }) => customerId === customerOf(index));
      expect(published.map(({ metric }) => metric)).toEqual(expected);
    });

    test(`leaves the offer ${status}, ${locked ? 'locked' : 'open'}`, async () => {
      const offer = await offerOf(customerOf(index));
      expect(offer?.status).toBe(status);
      expect(offer?.locked?.state ?? null).toBe(locked ? status : null);
    });
  },
);

test.each(rows.flatMap(({ locked, status }, index) => (locked ? [{ status, index }] : [])))(
  'once $status, a later offer is refused and kept as it came',
  async ({ index }) => {
    const key = `default/${customerOf(index)}`;
    const letters = deadLetters.filter((record) => String(record.key) === key);
    const later = laterOffers[index];
    if (later === undefined) throw new Error('every row has a later offer');
    expect(letters.map(({ headers }) => String(headers[header.reason]))).toEqual(['TERMINAL_LOCKED']);
    expect(letters[0]?.value).toEqual(installation.encoders.event.encode(later));

    const source: TopicRecord[] = [];
    await installation.reader.read('events', (records) => {
      source.push(...records.filter((record) => String(record.key) === key));
    });
    const refused = source.at(-1);
    expect(refused?.value).toEqual(letters[0]?.value);
    expect(String(letters[0]?.headers[header.topic])).toBe(installation.eventsTopic);
    expect(String(letters[0]?.headers[header.partition])).toBe(String(refused?.partition));
    expect(String(letters[0]?.headers[header.offset])).toBe(String(refused?.offset));
  },
);

test('errored keeps its code and message', async () => {
  const index = rows.findIndex(({ status }) => status === 'errored');
  const offer = await offerOf(customerOf(index));
  expect(offer?.visited.at(-1)).toMatchObject({
    state: 'errored',
    error: { code: error.errorCode, message: error.errorMessage },
  });
});

test('the whole topic gives what a single fold gives', async () => {
  expect((await installation.compare()).differences).toEqual([]);
});
