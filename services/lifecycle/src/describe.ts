import { assertNever } from './assert-never.ts';
import type { ActionState } from './event.ts';
import type { Lifecycle, ReofferScope } from './lifecycle.ts';
import { markdownTable } from './markdown-table.ts';

/**
 * docs/lifecycle.md: the rules in prose, then each lifecycle as its data has it. The printed file needs no
 * formatting.
 */
export function describeLifecycles(rules: string, lifecycles: Iterable<Lifecycle>): string {
  return [rules.trimEnd(), ...[...lifecycles].map(section)].join('\n\n') + '\n';
}

function section(lifecycle: Lifecycle): string {
  return [
    `## ${lifecycle.title} (\`${lifecycle.mediaType}\`)`,
    `A locked map may be offered again: ${reofferText(lifecycle.reoffer)}.`,
    diagramOf(lifecycle),
    markdownTable(['State', 'Next', 'Locks the map', 'Metric'], factsOf(lifecycle)),
    markdownTable(
      ['After \\ arrives', ...lifecycle.states],
      (['none', ...lifecycle.states] as const).map((from) =>
        [`**${from}**`].concat(lifecycle.states.map((to) => cellOf(lifecycle, from, to))),
      ),
    ),
  ].join('\n\n');
}

/** What becomes of a state of the same action that is not in its path yet and occurred after the last step. */
export function cellOf(lifecycle: Lifecycle, from: ActionState | 'none', to: ActionState): string {
  if (from === to) return 'repeated';
  if (lifecycle.allows(from, to)) return 'applied';
  if (lifecycle.retry !== null && lifecycle.retry.after === from && lifecycle.retry.with === to) {
    return 'next attempt';
  }
  if (lifecycle.leadsTo(from, to)) return 'early';
  return from !== 'none' && lifecycle.isTerminal(from) ? 'locked' : 'illegal';
}

function diagramOf(lifecycle: Lifecycle): string {
  const arrows = lifecycle.initial.map((state) => `[*] --> ${state}`);
  for (const from of lifecycle.states) {
    for (const to of lifecycle.states) if (lifecycle.allows(from, to)) arrows.push(`${from} --> ${to}`);
  }
  if (lifecycle.retry !== null) {
    arrows.push(`${lifecycle.retry.after} --> ${lifecycle.retry.with}: next attempt`);
  }
  for (const state of lifecycle.terminal) arrows.push(`${state} --> [*]`);
  return ['```mermaid', 'stateDiagram-v2', ...arrows.map((arrow) => `  ${arrow}`), '```'].join('\n');
}

function factsOf(lifecycle: Lifecycle): readonly (readonly string[])[] {
  const steps = lifecycle.states.map((state) => {
    const next = lifecycle.states.filter((to) => lifecycle.allows(state, to)).join(', ');
    const again = lifecycle.retry?.after === state ? `${lifecycle.retry.with} (next attempt)` : '';
    return [
      state,
      next || again || '–',
      lifecycle.isTerminal(state) ? 'yes' : 'no',
      lifecycle.metrics.includes(state) ? 'yes' : 'extended only',
    ];
  });
  return [
    ...steps,
    ...lifecycle.informational.map((state) => [state, 'not a step', 'no', 'extended only']),
    ...lifecycle.untracked.map((state) => [state, 'not tracked', 'no', 'no']),
  ];
}

function reofferText(reoffer: ReofferScope): string {
  switch (reoffer.scope) {
    case 'never':
      return 'never';
    case 'session':
      return 'in another session';
    case 'after':
      return reoffer.afterMs === 0 ? 'at once' : `after ${reoffer.afterMs} ms`;
    default:
      return assertNever(reoffer);
  }
}
