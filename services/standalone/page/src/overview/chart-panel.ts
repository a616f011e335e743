import { button, createList, h, setAttributes, setText, show } from '../shared/dom.ts';
import { format } from '../shared/format.ts';
import { panel } from '../shared/parts.ts';
import { stateLabel } from '../shared/words.ts';
import type { Numbers, Panel } from '../view.ts';
import { createChart } from './chart.ts';
import { chartDataOf, tableOf, type ChartData } from './chart-data.ts';

/** Lines in the order of the lifecycle; what else the server counts follows. */
const usualMetrics = ['qualified', 'offered', 'accepted', 'rejected', 'started', 'engaged', 'abandoned'];
const tableRowMs = 5 * 60_000;

/** Metric events over the last hour: lines that can be switched off, and the same numbers as a table. */
export function createChartPanel(): Panel {
  const legend = h('div', { class: 'legend', role: 'group', 'aria-label': 'Metrics shown' });
  const hint = h('p', { class: 'chart-hint quiet' }, 'The first ten seconds are being counted.');
  const body = h('tbody');
  const head = h('tr');
  const details = h(
    'details',
    {},
    h('summary', {}, 'The same as a table'),
    h('div', { class: 'scroll' }, h('table', { class: 'numbers lined' }, h('thead', {}, head), body)),
  );
  const hidden = new Set<string>();
  let data: ChartData = { times: [], values: [] };
  let metrics: readonly string[] = [];
  let legendItems = new Map<string, { readonly element: HTMLElement; readonly value: HTMLElement }>();

  const showValues = (index: number | null): void => {
    for (const [place, metric] of metrics.entries()) {
      const item = legendItems.get(metric);
      const line = data.values[place] ?? [];
      const value = index === null ? line.reduce((sum, count) => sum + count, 0) : (line[index] ?? 0);
      if (item !== undefined) setText(item.value, format.shortCount(value, 1_000_000));
    }
  };
  const chart = createChart(showValues);
  const element = panel(
    'Metrics',
    { class: 'chart-panel', id: 'metrics' },
    h('p', { class: 'quiet' }, 'per 10 seconds, last hour'),
    legend,
    h('div', { class: 'chart-frame' }, chart.element, hint),
    details,
  );

  const toggle = (metric: string): void => {
    if (!hidden.delete(metric)) hidden.add(metric);
    setAttributes(legendItems.get(metric)?.element ?? legend, {
      'aria-pressed': String(!hidden.has(metric)),
    });
    chart.draw(metrics, data, hidden);
  };
  const renewLegend = (): void => {
    legendItems = new Map(
      metrics.map((metric) => {
        const value = h('b');
        const label = h(
          'span',
          { class: 'legend-item' },
          h('span', { class: 'key', 'data-state': metric }),
          stateLabel(metric),
          value,
        );
        const item = button(
          { class: 'legend-button', 'aria-pressed': String(!hidden.has(metric)) },
          label,
          () => {
            toggle(metric);
          },
        );
        return [metric, { element: item, value }];
      }),
    );
    legend.replaceChildren(...[...legendItems.values()].map((item) => item.element));
    head.replaceChildren(
      ...['From', ...metrics.map(stateLabel)].map((name) => h('th', { scope: 'col' }, name)),
    );
  };

  const rows = createList<ReturnType<typeof tableOf>[number]>(
    body,
    ({ time }) => String(time),
    ({ time }) => {
      const cells = metrics.map(() => h('td'));
      return {
        element: h('tr', {}, h('th', { scope: 'row' }, format.hourMinute(time * 1000)), ...cells),
        update: ({ sums }) => {
          for (const [index, cell] of cells.entries()) setText(cell, format.count(sums[index] ?? 0));
        },
      };
    },
  );

  return {
    element,
    render({ overview, tenant, totals }: Numbers) {
      const known = [...new Set([...usualMetrics, ...totals.metrics.keys()])];
      if (known.join() !== metrics.join()) {
        metrics = known;
        renewLegend();
        rows([]);
      }
      data = chartDataOf(overview.series, tenant, metrics);
      show(
        hint,
        data.values.every((line) => line.every((value) => value === 0)),
      );
      chart.draw(metrics, data, hidden);
      showValues(chart.cursor());
      if (details.open) rows(tableOf(data, Math.round(tableRowMs / overview.series.bucketMs)));
    },
  };
}
