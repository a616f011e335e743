import type { LifecycleDescription } from '@offerlock/standalone';
import type { Steps } from '../shared/counts.ts';
import { h, setText } from '../shared/dom.ts';
import { format } from '../shared/format.ts';
import { panel, stateChip } from '../shared/parts.ts';
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
          ['From', 'To', 'Taken', 'Share of from'],
          stepRows.map(({ element }) => element),
        ),
      ),
      panel(
        'States',
        { class: 'states', id: 'states' },
        null,
        table(
          ['State', 'Reached', 'Locks', 'Metric'],
          stateRows.map(({ element }) => element),
        ),
      ),
    ],
    render(steps) {
      for (const row of [...stepRows, ...stateRows]) row.render(steps);
    },
  };
}

function table(heads: readonly string[], rows: readonly HTMLElement[]): HTMLElement {
  return h(
    'table',
    { class: 'numbers lined' },
    h('thead', {}, h('tr', {}, ...heads.map((head) => h('th', { scope: 'col' }, head)))),
    h('tbody', {}, ...rows),
  );
}

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
      setText(taken, format.count(count));
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
      reached,
      h('td', { class: 'text' }, terminal.includes(state) ? 'yes' : 'no'),
      h('td', { class: 'text' }, metrics.includes(state) ? 'yes' : 'no'),
    ),
    render(steps) {
      setText(reached, format.count(steps.reached(state)));
    },
  };
}
