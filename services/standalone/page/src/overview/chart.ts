import { h } from '../shared/dom.ts';
import { format } from '../shared/format.ts';
import uPlot from '../uplot.js';
import type { ChartData } from './chart-data.ts';

export interface Chart {
  readonly element: HTMLElement;
  draw(metrics: readonly string[], data: ChartData, hidden: ReadonlySet<string>): void;
  /** Index of the time that the pointer is at, if it is over the chart. */
  cursor(): number | null;
}

/** A line per metric, in the colours of the states and of the present colour scheme. */
export function createChart(onCursor: (index: number | null) => void): Chart {
  const canvas = h('div', { class: 'chart-canvas' });
  const element = h(
    'div',
    {
      class: 'chart',
      role: 'img',
      'aria-label': 'Lines of metric events per ten seconds. The table below has the numbers.',
    },
    canvas,
  );
  let plot: uPlot | null = null;
  let drawn = '';
  let redraw: (() => void) | null = null;

  const renew = (): void => {
    plot?.destroy();
    plot = null;
    redraw?.();
  };
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', renew);
  new ResizeObserver(() => {
    if (plot !== null && canvas.clientWidth > 0) plot.setSize(sizeOf(canvas));
    else redraw?.();
  }).observe(canvas);

  const draw = (metrics: readonly string[], data: ChartData, hidden: ReadonlySet<string>): void => {
    redraw = () => {
      draw(metrics, data, hidden);
    };
    if (canvas.clientWidth === 0) return;
    const names = metrics.join();
    if (plot === null || drawn !== names) {
      plot?.destroy();
      drawn = names;
      plot = new uPlot(optionsOf(metrics, canvas, onCursor), [[], ...metrics.map(() => [])], canvas);
    }
    for (const [index, metric] of metrics.entries()) {
      const shown = !hidden.has(metric);
      if (plot.series[index + 1]?.show !== shown) plot.setSeries(index + 1, { show: shown });
    }
    plot.setData([[...data.times], ...data.values.map((line) => [...line])]);
  };

  return { element, draw, cursor: () => plot?.cursor.idx ?? null };
}

function optionsOf(
  metrics: readonly string[],
  canvas: HTMLElement,
  onCursor: (index: number | null) => void,
): uPlot.Options {
  const style = getComputedStyle(canvas);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const axis: uPlot.Axis = {
    stroke: colour('--quiet'),
    font: `12px ${style.fontFamily}`,
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    ...sizeOf(canvas),
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    padding: [10, 28, 0, 0],
    scales: { y: { range: (_, _min, max) => [0, Math.max(5, (Number.isFinite(max) ? max : 0) * 1.1)] } },
    axes: [
      { ...axis, space: 70, values: (_, times) => times.map((time) => format.hourMinute(time * 1000)) },
      { ...axis, size: 48, values: (_, values) => values.map((value) => format.shortCount(value, 10_000)) },
    ],
    series: [
      {},
      ...metrics.map((metric) => ({
        stroke: colour(`--state-${metric}`) || colour('--quiet'),
        width: 1.75,
        points: { show: false },
      })),
    ],
    hooks: {
      setCursor: [
        ({ cursor }) => {
          onCursor(cursor.idx ?? null);
        },
      ],
    },
  };
}

function sizeOf(canvas: HTMLElement): { readonly width: number; readonly height: number } {
  return { width: canvas.clientWidth, height: canvas.clientHeight };
}
