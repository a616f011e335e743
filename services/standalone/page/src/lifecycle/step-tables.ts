import type { LifecycleDescription } from '@offerlock/standalone';
import type { Steps } from '../shared/counts.ts';
import { h, setText } from '../shared/dom.ts';
import { format } from '../shared/format.ts';
import { panel, setCount, stateChip } from '../shared/parts.ts';
import { graphOf, type Edge } from './graph.ts';

export interface StepTables {
  readonly elements: readonly HTMLElement[];
  render(steps: Steps): void;
}

/** What the diagram says, as text: every step, and every state. */
export function createStepTables(lifecycle: LifecycleDescription): StepTables {
  const stepRows = graphOf(lifecycle).edges.map(createStepRow);
  const stateRows = lifecycle.states.map((state) => createStateRow(state, lifecycle));
  return {
    elements: [
      panel(
        'Steps',
        { class: 'steps', id: 'steps' },
        null,
        table(
          stepHeads,
          stepRows.map(({ element }) => element),
        ),
      ),
      panel(
        'States',
        { class: 'states', id: 'states' },
        null,
        table(
          stateHeads,
          stateRows.map(({ element }) => element),
        ),
      ),
    ],
    render(steps) {
      for (const row of [...stepRows, ...stateRows]) row.render(steps);
    },
  };
}

function table(heads: readonly Head[], rows: readonly HTMLElement[]): HTMLElement {
  return h(
    'table',
    { class: 'numbers lined' },
    h('thead', {}, h('tr', {}, ...heads.map(([name, kind]) => h('th', { scope: 'col', class: kind }, name)))),
    h('tbody', {}, ...rows),
  );
}

type Head = readonly [name: string, kind: 'text' | 'number'];

const stepHeads: readonly Head[] = [
  ['From', 'text'],
  ['To', 'text'],
  ['Taken', 'number'],
  ['Share of from', 'number'],
];

const stateHeads: readonly Head[] = [
  ['State', 'text'],
  ['Locks', 'text'],
  ['Metric', 'text'],
  ['Reached', 'number'],
];

interface CountedRow {
  readonly element: HTMLElement;
  render(steps: Steps): void;
}

function createStepRow({ from, to, retry }: Edge): CountedRow {
  const taken = h('td');
  const share = h('td', { class: 'quiet' });
  return {
    element: h(
      'tr',
      {},
      h('th', { scope: 'row' }, stateChip(from)),
      h(
        'td',
        { class: 'text' },
        stateChip(to),
        retry ? h('span', { class: 'quiet' }, ' next attempt') : null,
      ),
      taken,
      share,
    ),
    render(steps) {
      const count = steps.taken(from, to);
      const whole = from === 'none' ? steps.left('none') : steps.reached(from);
      setCount(taken, count, 1e9);
      setText(share, format.share(whole === 0 ? null : count / whole));
    },
  };
}

function createStateRow(state: string, { terminal, metrics }: LifecycleDescription): CountedRow {
  const reached = h('td');
  return {
    element: h(
      'tr',
      {},
      h('th', { scope: 'row' }, stateChip(state)),
      h('td', { class: 'text' }, terminal.includes(state) ? 'yes' : 'no'),
      h('td', { class: 'text' }, metrics.includes(state) ? 'yes' : 'no'),
      reached,
    ),
    render(steps) {
      setCount(reached, steps.reached(state), 1e9);
    },
  };
}
