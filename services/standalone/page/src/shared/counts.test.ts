import { describe, expect, test } from '@jest/globals';
import type { TenantCounts } from '@offerlock/standalone';
import { Steps, sumOf, totalsOf } from './counts.ts';

const shop: TenantCounts = {
  outcomes: { applied: 5, refused: 1 },
  deadLetters: { TERMINAL_LOCKED: 1 },
  metrics: { offered: 2 },
  steps: { webchat: { 'none>offered': 2, 'offered>accepted': 1 } },
};
const demo: TenantCounts = {
  outcomes: { applied: 3, early: 2 },
  deadLetters: {},
  metrics: { offered: 1 },
  steps: {
    webchat: { 'none>offered': 1, 'errored>offered': 4 },
    contentOffer: { 'none>offered': 9 },
  },
};

describe('totals', () => {
  test('of all tenants are the sums by name', () => {
    const totals = totalsOf({ shop, demo });
    expect(Object.fromEntries(totals.outcomes)).toEqual({ applied: 8, refused: 1, early: 2 });
    expect(Object.fromEntries(totals.deadLetters)).toEqual({ TERMINAL_LOCKED: 1 });
    expect(totals.metrics.get('offered')).toBe(3);
    expect(totals.steps.get('webchat')?.get('none>offered')).toBe(3);
    expect(totals.steps.get('contentOffer')?.get('none>offered')).toBe(9);
    expect(sumOf(totals.outcomes)).toBe(11);
  });

  test('of one tenant leave the others out', () => {
    expect(sumOf(totalsOf({ shop, demo }, 'shop').outcomes)).toBe(6);
    expect(sumOf(totalsOf({ shop, demo }, 'nobody').outcomes)).toBe(0);
  });

  test('cope with a tenant whose name is special in JavaScript', () => {
    const tenants = JSON.parse(
      `{"__proto__": ${JSON.stringify(shop)}, "constructor": ${JSON.stringify(demo)}}`,
    ) as Record<string, TenantCounts>;
    expect(sumOf(totalsOf(tenants, '__proto__').outcomes)).toBe(6);
    expect(sumOf(totalsOf(tenants).outcomes)).toBe(11);
  });
});

test('steps tell how often a state was reached and left', () => {
  const steps = new Steps(totalsOf({ shop, demo }).steps.get('webchat'));
  expect(steps.taken('none', 'offered')).toBe(3);
  expect(steps.taken('offered', 'ignored')).toBe(0);
  expect(steps.reached('offered')).toBe(7);
  expect(steps.left('offered')).toBe(1);
  expect(new Steps().reached('offered')).toBe(0);
});
