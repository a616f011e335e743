import type { Overview } from '@offerlock/standalone';
import { sumOf } from '../shared/counts.ts';
import { createList, h, setAttributes, setText, show, type Row } from '../shared/dom.ts';
import { format } from '../shared/format.ts';
import { panel, setCount } from '../shared/parts.ts';
import { outcomeOrder, outcomeWords } from '../shared/words.ts';
import type { Panel } from '../view.ts';
import { accountOf, differenceOf, isMistake, type Difference } from './account.ts';

/** How every record ended, and the check that the ends add up to the log. */
export function createOutcomesPanel(): Panel {
  const bar = h('div', { class: 'stack', 'aria-hidden': true });
  const rows = h('tbody');
  const check = h('p', { class: 'check', id: 'account' });
  const lag = h('p', { class: 'quiet' });
  const partitions = h('tbody');
  const segments = createList<Ended>(bar, nameOf, createSegment);
  const lines = createList<Ended>(rows, nameOf, createLine);
  const partitionLines = createList<Partition>(
    partitions,
    (one) => String(one.partition),
    createPartitionLine,
  );

  const element = panel(
    'How events ended',
    { class: 'outcomes', id: 'outcomes' },
    null,
    bar,
    h(
      'table',
      { class: 'numbers' },
      h('caption', { class: 'hidden' }, 'Events by outcome'),
      h(
        'thead',
        { class: 'hidden' },
        h('tr', {}, ...['Outcome', 'Events', 'Share'].map((name) => h('th', { scope: 'col' }, name))),
      ),
      rows,
    ),
    check,
    lag,
    h(
      'details',
      {},
      h('summary', {}, 'Partitions of the log'),
      h(
        'table',
        { class: 'numbers lined' },
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            ...['Partition', 'Folded', 'Waiting', 'Status'].map((name) => h('th', { scope: 'col' }, name)),
          ),
        ),
        partitions,
      ),
    ),
  );

  let difference: Difference | null = null;
  return {
    element,
    render({ overview, totals, tenant, nowMs }) {
      const all = sumOf(totals.outcomes);
      const known = [...new Set([...outcomeOrder, ...totals.outcomes.keys()])];
      const ended = known.map((outcome) => ({ outcome, count: totals.outcomes.get(outcome) ?? 0, all }));
      segments(ended);
      lines(ended);
      const account = accountOf(overview);
      difference = differenceOf(account, difference, nowMs);
      const mistake = isMistake(difference, nowMs);
      setAttributes(check, { 'data-balanced': String(!mistake) });
      setText(
        check,
        mistake
          ? `${format.count(account.folded)} records folded, but ${format.count(account.accounted)} outcomes.`
          : `${format.count(account.folded)} records folded, and every one has its outcome.`,
      );
      const share = tenant === null ? '' : `${format.count(all)} of them belong to tenant ${tenant}. `;
      setText(
        lag,
        share +
          (account.lag === 0
            ? 'None is waiting to be folded.'
            : `${format.count(account.lag)} wait to be folded.`),
      );
      partitionLines(overview.partitions);
    },
  };
}

interface Ended {
  readonly outcome: string;
  readonly count: number;
  /** Of all outcomes together. */
  readonly all: number;
}

type Partition = Overview['partitions'][number];

function nameOf({ outcome }: Ended): string {
  return outcome;
}

function createSegment({ outcome }: Ended): Row<Ended> {
  const element = h('span', { 'data-outcome': outcome });
  return {
    element,
    update({ count }) {
      show(element, count > 0);
      element.style.flexGrow = String(count);
    },
  };
}

function createLine({ outcome }: Ended): Row<Ended> {
  const { label, meaning } = outcomeWords(outcome);
  const count = h('td', { 'data-count': outcome });
  const share = h('td', { class: 'quiet' });
  return {
    element: h(
      'tr',
      {},
      h(
        'th',
        { scope: 'row' },
        h('span', { class: 'key', 'data-outcome': outcome }),
        label,
        h('span', { class: 'meaning' }, meaning),
      ),
      count,
      share,
    ),
    update(ended) {
      setCount(count, ended.count, 1e9);
      setText(share, format.share(ended.all === 0 ? null : ended.count / ended.all));
    },
  };
}

function createPartitionLine({ partition }: Partition): Row<Partition> {
  const folded = h('td');
  const waiting = h('td');
  const status = h('td');
  return {
    element: h('tr', {}, h('th', { scope: 'row' }, String(partition)), folded, waiting, status),
    update({ committed, end, status: name, problem }) {
      setCount(folded, Number(committed), 1e9);
      setText(waiting, format.count(Number(BigInt(end) - BigInt(committed))));
      setText(status, problem === null ? name : `${name}: ${problem}`);
    },
  };
}
