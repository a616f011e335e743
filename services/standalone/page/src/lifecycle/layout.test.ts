import { describe, expect, test } from '@jest/globals';
import { allLifecycles, lifecycleOf } from '../shared/test-lifecycles.ts';
import { curvesOf, pointOn } from './curve.ts';
import { overlaps } from './labels.ts';
import type { Box, Diagram, Direction } from './diagram.ts';
import { layOut } from './layout.ts';

const cases = allLifecycles.flatMap((lifecycle) =>
  (['right', 'down'] as const).map((direction) => [lifecycle.mediaType, direction] as const),
);

function diagramOf(mediaType: string, direction: Direction): Diagram {
  return layOut(lifecycleOf(mediaType), direction);
}

function pairs<Item>(items: readonly Item[]): readonly (readonly [Item, Item])[] {
  return items.flatMap((one, index) => items.slice(index + 1).map((other) => [one, other] as const));
}

describe.each(cases)('the diagram of %s, drawn %s', (mediaType, direction) => {
  const lifecycle = lifecycleOf(mediaType);
  const { states, edges, width, height } = diagramOf(mediaType, direction);
  const stateAt = (name: string): Box => {
    const found = states.find(({ state }) => state === name);
    if (found === undefined) throw new Error(`${name} is not drawn`);
    return found;
  };

  test('has every state once and every step once', () => {
    expect(states.map(({ state }) => state).sort()).toEqual(['none', ...lifecycle.states].sort());
    const steps = [
      ...lifecycle.initial.map((to) => `none>${to}`),
      ...Object.entries(lifecycle.transitions).flatMap(([from, next]) => next.map((to) => `${from}>${to}`)),
      ...(lifecycle.retry === null ? [] : [`${lifecycle.retry.after}>${lifecycle.retry.with}`]),
    ];
    expect(edges.map(({ from, to }) => `${from}>${to}`).sort()).toEqual(steps.sort());
  });

  test('lets no two states overlap, and none leave the picture', () => {
    for (const [one, other] of pairs(states)) {
      expect({ states: [one.state, other.state], overlap: overlaps(one, other) }).toEqual({
        states: [one.state, other.state],
        overlap: false,
      });
    }
    for (const { x, y, ...box } of states) {
      expect(x - box.width / 2).toBeGreaterThanOrEqual(0);
      expect(y - box.height / 2).toBeGreaterThanOrEqual(0);
      expect(x + box.width / 2).toBeLessThanOrEqual(width);
      expect(y + box.height / 2).toBeLessThanOrEqual(height);
    }
  });

  test('leads every edge from border to border, past all other states', () => {
    for (const { from, to, points, retry } of edges) {
      expect(touches(stateAt(from), points[0])).toBe(true);
      expect(touches(stateAt(to), points.at(-1))).toBe(true);
      const others = states.filter(({ state }) => state !== from && state !== to);
      const passed = retry
        ? points
        : curvesOf(points, direction).flatMap((curve) =>
            Array.from({ length: 21 }, (_, index) => pointOn(curve, index / 20)),
          );
      const hit = others.filter((state) =>
        passed.some((point) => overlaps(state, { ...point, width: 0, height: 0 })),
      );
      expect({ from, to, through: hit.map(({ state }) => state) }).toEqual({ from, to, through: [] });
    }
  });

  test('leads steps forward, and only the retry back', () => {
    for (const { points, retry } of edges) {
      const along = points.map((point) => (direction === 'right' ? point.x : point.y));
      const ordered = [...along].sort((one, other) => one - other);
      expect(along).toEqual(retry ? ordered.reverse() : ordered);
    }
  });

  test('writes counts where they cover neither a state nor each other', () => {
    const size = direction === 'right' ? { width: 52, height: 18 } : { width: 40, height: 15 };
    const labels = edges.map((edge) => ({ ...edge.label, ...size, of: `${edge.from}>${edge.to}` }));
    const covered = [
      ...pairs(labels).filter(([one, other]) => overlaps(one, other)),
      ...labels.flatMap((label) =>
        states.filter((state) => overlaps(label, state)).map((state) => [label, state]),
      ),
    ];
    expect(covered).toEqual([]);
  });

  test('stays the same when drawn again', () => {
    expect(diagramOf(mediaType, direction)).toEqual(layOut(lifecycle, direction));
  });
});

test('the way to the conversation is a straight line', () => {
  const { states } = diagramOf('webchat', 'right');
  const line = new Set(['none', 'qualified', 'offered', 'accepted', 'started', 'engaged']);
  const heights = states.filter(({ state }) => line.has(state)).map(({ y }) => y);
  expect(new Set(heights).size).toBe(1);
});

test('a diagram that reads down fits a phone', () => {
  for (const { mediaType } of allLifecycles) expect(diagramOf(mediaType, 'down').width).toBeLessThan(400);
});

function touches(box: Box, point: { readonly x: number; readonly y: number } | undefined): boolean {
  if (point === undefined) return false;
  const grown = { ...box, width: box.width + 0.1, height: box.height + 0.1 };
  const shrunk = { ...box, width: box.width - 0.1, height: box.height - 0.1 };
  const dot = { ...point, width: 0, height: 0 };
  return overlaps(grown, dot) && !overlaps(shrunk, dot);
}
