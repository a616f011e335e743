import { expect, test } from '@jest/globals';
import type { TenantCounts } from '@offerlock/standalone';
import { accountOf } from './account.ts';

function counted(outcomes: Readonly<Record<string, number>>): TenantCounts {
  return { outcomes, deadLetters: {}, metrics: {}, steps: {} };
}

function partition(committed: number, end: number) {
  return {
    partition: 0,
    start: '0',
    end: String(end),
    committed: String(committed),
    status: 'claimed' as const,
    problem: null,
  };
}

test('the account is balanced when every folded record has an outcome', () => {
  const overview = {
    partitions: [partition(5, 9), partition(3, 3)],
    tenants: { shop: counted({ applied: 5, refused: 1 }), demo: counted({ unreadable: 2 }) },
  };
  expect(accountOf(overview)).toEqual({ folded: 8, accounted: 8, lag: 4, balanced: true });
});

test('a missing record shows', () => {
  const overview = { partitions: [partition(5, 5)], tenants: { shop: counted({ applied: 4 }) } };
  expect(accountOf(overview)).toEqual({ folded: 5, accounted: 4, lag: 0, balanced: false });
});
