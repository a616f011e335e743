import { expect, test } from '@jest/globals';
import { day, eventOf, journeyOf } from '@offerlock/lifecycle/testing';
import { createProcessMetrics } from './process-metrics.ts';
import type { Tally } from './tally.ts';
import { createTestPartition } from './test-partition.ts';

test('every record is told under the tenant it belongs to', async () => {
  const partition = await createTestPartition();
  partition.append(eventOf('offered'));
  partition.append(eventOf('offered', { tenantId: 'acme' }));
  partition.append(eventOf('offered', { tenantId: 'acme', sessionId: 'no spaces' }));
  partition.append(eventOf('offered', { tenantId: 'no spaces' }));
  partition.appendRaw(Buffer.from('{}'), 'shop/ann');
  partition.appendRaw(Buffer.from('{}'), 'ann');
  partition.appendRaw(Buffer.from('{}'), null);
  partition.appendRaw(partition.encoders.event.encode(eventOf('offered', { tenantId: 'acme' })), 'shop/ann');
  const { tallies } = await partition.commit();

  const outcomes = [...tallies].map(([tenantId, tally]) => [tenantId, Object.fromEntries(tally.outcomes)]);
  expect(Object.fromEntries(outcomes)).toEqual({
    default: { applied: 1 },
    acme: { applied: 1, refused: 2 },
    shop: { unreadable: 1 },
    '': { refused: 1, unreadable: 2 },
  });
});

test('steps are told by media type and edge, those of early events once they fit', async () => {
  const partition = await createTestPartition();
  const [offered, accepted, started] = journeyOf(['offered', 'accepted', 'started']);
  for (const event of [offered, started, accepted]) if (event !== undefined) partition.append(event);
  for (const event of journeyOf(['offered', 'errored', 'offered'], { customerId: 'bob' })) {
    partition.append(event);
  }
  partition.append(eventOf('qualified', { actionMapId: 'map-2', actionMediaType: 'contentOffer' }));
  const { tally } = await partition.commit();

  expect(stepsOf(tally)).toEqual({
    webchat: {
      'none>offered': 2,
      'offered>accepted': 1,
      'accepted>started': 1,
      'offered>errored': 1,
      'errored>offered': 1,
    },
    contentOffer: { 'none>qualified': 1 },
  });
});

test('the tally of a deadline goes to the tenant of the event that waited', async () => {
  const partition = await createTestPartition();
  partition.append(eventOf('offered'));
  partition.append(eventOf('accepted', { tenantId: 'acme' }));
  const { outputs } = await partition.commit();
  const timer = outputs.find(({ topic }) => topic === 'timers');
  partition.append(eventOf('offered'));
  partition.appendRaw(timer?.value ?? null, 'acme/ann');
  const { tallies } = await partition.commit();

  expect(Object.fromEntries(tallies.get('acme')?.timers ?? [])).toEqual({ expired: 1 });
  expect(tallies.get('acme')?.deadLetters.get('EARLY_EXPIRED')?.count).toBe(1);
  expect(tallies.get('default')?.timers.size).toBe(0);
});

test('Prometheus gets the sums of all tenants', async () => {
  const partition = await createTestPartition();
  for (const tenantId of ['default', 'acme']) {
    for (const event of journeyOf(['offered', 'accepted'], { tenantId, occurredAt: day })) {
      partition.append(event);
    }
  }
  const { tallies } = await partition.commit();
  const metrics = createProcessMetrics({ partitions: () => [], lagMs: () => 0 });
  metrics.batchCommitted(tallies, 5);

  const lines = (await metrics.registry.metrics()).split('\n');
  expect(lines).toEqual(
    expect.arrayContaining([
      'offerlock_events_total{outcome="applied"} 4',
      'offerlock_metrics_total{metric="accepted"} 2',
      'offerlock_steps_total{media_type="webchat",from="none",to="offered"} 2',
      'offerlock_steps_total{media_type="webchat",from="offered",to="accepted"} 2',
    ]),
  );
});

function stepsOf(tally: Tally): unknown {
  return Object.fromEntries([...tally.steps].map(([type, edges]) => [type, Object.fromEntries(edges)]));
}
