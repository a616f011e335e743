import type { LifecycleDescription } from '@offerlock/standalone';
import type { Steps } from '../shared/counts.ts';
import { h, s, setAttributes, setText } from '../shared/dom.ts';
import { format } from '../shared/format.ts';
import { stateLabel } from '../shared/words.ts';
import { pathOf } from './curve.ts';
import type { Direction, PlacedEdge, PlacedState } from './diagram.ts';
import { layOut } from './layout.ts';

export interface DiagramView {
  readonly element: HTMLElement;
  render(steps: Steps): void;
}

interface Drawn {
  readonly element: SVGElement;
  render(steps: Steps, stepsMax: number): void;
}

/** Draws a lifecycle; counts stand in its states and on its edges. A table elsewhere says the same in text. */
export function createDiagramView(lifecycle: LifecycleDescription, direction: Direction): DiagramView {
  const diagram = layOut(lifecycle, direction);
  const edges = diagram.edges.map((edge) => drawEdge(edge, direction));
  const states = diagram.states.map((state) => drawState(state, lifecycle));
  const svg = s(
    'svg',
    {
      class: `diagram diagram-${direction}`,
      role: 'img',
      'aria-label': `Diagram of the lifecycle ${lifecycle.title}. The table below has the same steps and counts.`,
      viewBox: `0 0 ${diagram.width} ${diagram.height}`,
      width: diagram.width,
      height: diagram.height,
    },
    s('defs', {}, ...['forward', 'out', 'retry'].map(arrowhead)),
    ...edges.map(({ element }) => element),
    ...states.map(({ element }) => element),
    ...edges.map(({ label }) => label),
  );
  return {
    element: h('div', { class: 'diagram-frame' }, svg),
    render(steps) {
      const stepsMax = Math.max(1, ...diagram.edges.map(({ from, to }) => steps.taken(from, to)));
      for (const drawn of [...edges, ...states]) drawn.render(steps, stepsMax);
    },
  };
}

function arrowhead(kind: string): SVGElement {
  return s(
    'marker',
    {
      id: `arrow-${kind}`,
      class: `arrow-${kind}`,
      viewBox: '0 0 10 10',
      refX: 2,
      refY: 5,
      markerWidth: 10,
      markerHeight: 10,
      markerUnits: 'userSpaceOnUse',
      orient: 'auto',
    },
    s('path', { d: 'M0 1L9 5L0 9z' }),
  );
}

/** Longer numbers do not fit into the labels. */
const labelBelow = 100_000;

/** Of the label of an edge, at its font size, in px. */
const digitWidth = 7;
const plateHeight = 15;

function drawEdge(
  edge: PlacedEdge,
  direction: Direction,
): Drawn & {
  /** Its count; drawn above all lines. */
  readonly label: SVGElement;
} {
  const kind = edge.retry ? 'retry' : onward.has(edge.to) ? 'forward' : 'out';
  const line = s('path', {
    d: pathOf(edge, direction),
    class: `edge edge-${kind}`,
    'data-state': edge.to,
    'marker-end': `url(#arrow-${kind})`,
  });
  const count = s('text', { 'data-edge': `${edge.from}>${edge.to}` });
  const plate = s('rect', { height: plateHeight, y: -plateHeight / 2, rx: 3 });
  const label = s(
    'g',
    { class: 'edge-label', transform: `translate(${edge.label.x} ${edge.label.y})` },
    plate,
    count,
  );
  const title = s('title');
  const element = s('g', {}, title, line);
  return {
    element,
    label,
    render(steps, stepsMax) {
      const taken = steps.taken(edge.from, edge.to);
      const text = format.shortCount(taken, labelBelow);
      // The square root keeps the rare steps visible beside the common ones.
      line.style.strokeWidth = String(1.25 + 4.75 * Math.sqrt(taken / stepsMax));
      for (const part of [element, label]) setAttributes(part, { 'data-none': taken === 0 });
      if (count.textContent === text) return;
      setText(count, text);
      setText(title, `${stateLabel(edge.from)} to ${stateLabel(edge.to)}: ${format.count(taken)}`);
      const width = text.length * digitWidth + 6;
      setAttributes(plate, { x: -width / 2, width });
    },
  };
}

/** States on the way to the conversation; what leads elsewhere is drawn more quietly. */
const onward: ReadonlySet<string> = new Set(['qualified', 'offered', 'accepted', 'started', 'engaged']);

function drawState({ state, x, y, width, height }: PlacedState, lifecycle: LifecycleDescription): Drawn {
  if (state === 'none') {
    const element = s(
      'g',
      {},
      s('title', {}, 'Beginning of an action'),
      s('circle', { class: 'begin', cx: x, cy: y, r: width / 2 }),
    );
    return { element, render: () => undefined };
  }
  const terminal = lifecycle.terminal.includes(state);
  const left = x - width / 2;
  const top = y - height / 2;
  const small = height < 50;
  const count = s('text', {
    class: 'state-count',
    x: left + (small ? 9 : 12),
    y: y + (small ? 14 : 17),
    'data-reached': state,
  });
  return {
    element: s(
      'g',
      { class: 'node', 'data-state': state, 'data-terminal': terminal },
      s('rect', { class: 'node-box', x: left, y: top, width, height, rx: 8 }),
      s('rect', { class: 'node-mark', x: left, y: top + 8, width: 3, height: height - 16, rx: 1.5 }),
      s(
        'text',
        { class: 'state-name', x: left + (small ? 9 : 12), y: y - (small ? 4 : 5) },
        stateLabel(state),
      ),
      count,
      terminal ? padlock(left + width - (small ? 16 : 20), top + (small ? 25 : 9)) : null,
    ),
    render(steps) {
      setText(count, format.shortCount(steps.reached(state), labelBelow));
    },
  };
}

/** The sign of a state that locks the map. */
function padlock(x: number, y: number): SVGElement {
  return s(
    'g',
    { class: 'padlock', transform: `translate(${x} ${y})` },
    s('title', {}, 'locks the map'),
    s('path', { d: 'M3 6V4.2a3 3 0 0 1 6 0V6', class: 'shackle' }),
    s('rect', { x: 1.5, y: 6, width: 9, height: 7, rx: 1.5 }),
  );
}
