import { hrefOf, type Route } from '../route.ts';
import { totalsOf } from '../shared/counts.ts';
import { h, show } from '../shared/dom.ts';
import type { Snapshot } from '../shared/installation.ts';
import { panel, viewHead } from '../shared/parts.ts';
import { createTenantChoice } from '../shared/tenant-choice.ts';
import type { Numbers, View } from '../view.ts';
import { accountOf } from './account.ts';
import { createChartPanel } from './chart-panel.ts';
import { createDemoSwitch } from './demo-switch.ts';
import { createFirstEvent } from './first-event.ts';
import { createFunnelPanel } from './funnel-panel.ts';
import { createOutcomesPanel } from './outcomes-panel.ts';
import { createProblems } from './problems.ts';
import { createRecentPanel } from './recent-panel.ts';
import { createRefusedPanel } from './refused-panel.ts';
import { createTiles } from './tiles.ts';

/** Everything at a glance, as it happens. */
export function createOverviewView(): View {
  const choice = createTenantChoice((tenant) => {
    location.hash = hrefOf({ view: 'overview', tenant });
  });
  const demo = createDemoSwitch();
  const problems = createProblems();
  const panels = [
    createTiles(),
    createOutcomesPanel(),
    createChartPanel(),
    createFunnelPanel(),
    createRecentPanel(),
    createRefusedPanel(),
  ];
  const waiting = h('p', { class: 'quiet' }, 'Waiting for the server…');
  const empty = panel(
    'Nothing has arrived yet',
    { class: 'start spaced', id: 'start' },
    null,
    h(
      'p',
      {},
      'Switch the demo traffic on, and simulated visitors are offered a chat. Or report a step yourself; run this in a terminal:',
    ),
    createFirstEvent(),
    h(
      'p',
      {},
      'Run it again: that is a repeat, and nothing is counted twice. Report “rejected” instead of “offered”: the offer is over and locked, and every further one to this visitor is refused.',
    ),
  );
  const report = h(
    'details',
    { class: 'report' },
    h('summary', {}, 'Report an event yourself'),
    createFirstEvent(),
  );
  const grid = h('div', { class: 'grid' }, ...panels.map((part) => part.element));
  const element = h(
    'div',
    {},
    viewHead(
      'Overview',
      'What became of each chat invitation. Once an offer is over, Offerlock locks it: nobody gets the same offer twice.',
      choice.element,
    ),
    demo.element,
    problems.element,
    waiting,
    empty,
    grid,
    report,
  );

  return {
    element,
    render(snapshot, route) {
      const numbers = numbersOf(snapshot, route);
      show(waiting, numbers === null);
      show(demo.element, numbers !== null);
      const isEmpty = numbers !== null && hasNothing(numbers);
      show(empty, isEmpty);
      show(grid, numbers !== null && !isEmpty);
      show(report, numbers !== null && !isEmpty);
      if (numbers === null) {
        show(problems.element, false);
        return;
      }
      choice.render(numbers.overview, numbers.tenant);
      demo.render(numbers);
      problems.render(numbers);
      if (!isEmpty) for (const part of panels) part.render(numbers);
    },
  };
}

function numbersOf({ overview, recent, lifecycles, nowMs }: Snapshot, { tenant }: Route): Numbers | null {
  if (overview === null) return null;
  return {
    overview,
    recent: recent ?? { events: [], refused: [] },
    lifecycles,
    tenant,
    totals: totalsOf(overview.tenants, tenant),
    nowMs,
  };
}

function hasNothing({ overview }: Numbers): boolean {
  const { folded, lag } = accountOf(overview);
  return folded === 0 && lag === 0;
}
