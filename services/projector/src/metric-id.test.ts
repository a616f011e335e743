import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { metricIdOf, type MetricName } from './metric-id.ts';

const name: MetricName = {
  tenantId: 'default',
  customerId: 'ann',
  actionMapId: 'map-1',
  actionId: 'action-1',
  attempt: 1,
  state: 'offered',
};

test('a metric id is stable for all time', () => {
  expect(metricIdOf(name)).toBe('ddd62c4d-5d9f-5ffc-87d1-1965e5b85e74');
});

test('it is the UUIDv5 of its parts', () => {
  const id = fc.stringMatching(/^[A-Za-z0-9_.:@-]{1,128}$/);
  const names = fc.record({
    tenantId: id,
    customerId: id,
    actionMapId: id,
    actionId: id,
    attempt: fc.nat(),
    state: id,
  });
  fc.assert(
    fc.property(names, (any) => {
      const parts = [any.tenantId, any.customerId, any.actionMapId, any.actionId, any.attempt, any.state];
      const digest = createHash('sha1')
        .update(Buffer.from('6f1c9c1e3f5b4d0f9a52a3b6a9a4c7d1', 'hex'))
        .update(parts.join('/'))
        .digest();
      digest.writeUInt8((digest.readUInt8(6) & 0x0f) | 0x50, 6);
      digest.writeUInt8((digest.readUInt8(8) & 0x3f) | 0x80, 8);
      const hex = digest.toString('hex', 0, 16);
      expect(metricIdOf(any).replaceAll('-', '')).toBe(hex);
    }),
  );
  expect(metricIdOf(name)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test.each(['tenantId', 'customerId', 'actionMapId', 'actionId', 'state'] as const)(
  'it depends on %s',
  (field) => {
    expect(metricIdOf({ ...name, [field]: 'other' })).not.toBe(metricIdOf(name));
  },
);

test('it depends on the attempt', () => {
  expect(metricIdOf({ ...name, attempt: 2 })).not.toBe(metricIdOf(name));
});
