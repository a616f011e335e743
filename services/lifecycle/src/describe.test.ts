import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { cellOf, describeLifecycles } from './describe.ts';
import type { ActionState } from './event.ts';
import type { Lifecycle } from './lifecycle.ts';
import { lifecyclesWith } from './lifecycles.ts';
import { eventOf, foldDefaults, journeyOf, run } from './test-events.ts';

const lifecycles = [...lifecyclesWith().values()];

test('docs/lifecycle.md is what the data and the prose say; if not, run npm run docs:lifecycle', async () => {
  const rules = await readFile(new URL('../docs/rules.md', import.meta.url), 'utf8');
  const page = await readFile(new URL('../../../docs/lifecycle.md', import.meta.url), 'utf8');
  expect(page).toBe(describeLifecycles(rules, lifecycles));
});

/** The shortest legal path to a state. */
function pathTo(lifecycle: Lifecycle, state: ActionState): readonly ActionState[] {
  const open: (readonly ActionState[])[] = [[]];
  for (const path of open) {
    if (path.at(-1) === state) return path;
    for (const next of lifecycle.states) {
      if (lifecycle.allows(path.at(-1) ?? 'none', next)) open.push(path.concat(next));
    }
  }
  throw new Error(`${lifecycle.mediaType}: no path to ${state}`);
}

function foldedCell(lifecycle: Lifecycle, path: readonly ActionState[], to: ActionState): string {
  const fields = { actionMediaType: lifecycle.mediaType };
  const [folded] = run(
    [eventOf(to, path.length + 1, fields)],
    foldDefaults,
    run(journeyOf(path, fields)).state,
  ).folded;
  if (folded?.outcome === 'applied') return folded.state.attempt === 1 ? 'applied' : 'next attempt';
  if (folded?.outcome !== 'refused') return folded?.outcome ?? 'nothing';
  return (
    { TERMINAL_LOCKED: 'locked', ILLEGAL_TRANSITION: 'illegal' }[folded.reason as string] ?? folded.reason
  );
}

test.each(lifecycles.map((lifecycle) => [lifecycle.mediaType, lifecycle] as const))(
  'the printed cells of %s are what the fold does',
  (_mediaType, lifecycle) => {
    for (const from of ['none' as const, ...lifecycle.states]) {
      const path = from === 'none' ? [] : pathTo(lifecycle, from);
      // The cells speak of states that are not in the path yet; all others are repeated, but for the next attempt.
      const inPath = (to: ActionState) => to !== from && path.includes(to) && lifecycle.retry?.after !== from;
      const cells = lifecycle.states.filter((to) => !inPath(to));
      expect(cells.map((to) => `${from} ${to} ${cellOf(lifecycle, from, to)}`)).toEqual(
        cells.map((to) => `${from} ${to} ${foldedCell(lifecycle, path, to)}`),
      );
    }
  },
);
