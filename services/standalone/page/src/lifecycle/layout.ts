import type { LifecycleDescription } from '@offerlock/standalone';
import { cellsOf, columnsOf, type Cell, type Column } from './columns.ts';
import type { Box, Diagram, Direction, Point } from './diagram.ts';
import { graphOf, type Edge } from './graph.ts';
import { placeLabels } from './labels.ts';

/** Sizes in px; `along` is the reading direction, `across` the other. */
interface Sizes {
  readonly along: number;
  readonly across: number;
  readonly gapAlong: number;
  readonly gapAcross: number;
  readonly begin: number;
  readonly passing: number;
  readonly port: number;
  readonly label: { readonly width: number; readonly height: number };
}

const sizes: Readonly<Record<Direction, Sizes>> = {
  right: {
    along: 128,
    across: 56,
    gapAlong: 104,
    gapAcross: 26,
    begin: 16,
    passing: 20,
    port: 11,
    label: { width: 52, height: 18 },
  },
  down: {
    along: 46,
    across: 84,
    gapAlong: 70,
    gapAcross: 8,
    begin: 14,
    passing: 6,
    port: 12,
    label: { width: 40, height: 15 },
  },
};

const margin = 8;

/** Draws up a lifecycle: where every state and edge goes. The same lifecycle gives the same diagram. */
export function layOut(lifecycle: LifecycleDescription, direction: Direction): Diagram {
  const size = sizes[direction];
  const graph = graphOf(lifecycle);
  const { columns, chains } = columnsOf(graph);
  const across = placeAcross(columns, size);
  const at = (cell: Cell): Place => ({
    along: alongOf(cell.rank, size),
    across: across.get(cell) ?? 0,
    ...extentOf(cell, size),
  });

  const cells = columns.flatMap(cellsOf);
  const places = new Map(cells.map((cell) => [cell.id, at(cell)]));
  const routes = new Map<Edge, readonly Place[]>();
  for (const [edge, chain] of chains) routes.set(edge, routeOf(chain, at, size));
  const lowest = Math.max(...[...places.values()].map((place) => place.across + place.sizeAcross / 2));
  for (const edge of graph.edges) {
    const from = places.get(edge.from);
    const to = places.get(edge.to);
    if (edge.retry && from !== undefined && to !== undefined) {
      routes.set(edge, retryRouteOf(from, to, lowest + size.gapAcross));
    }
  }
  return draw(direction, size, graph.edges, cells, places, routes);
}

/** A place in the directions of the diagram, before it is known which of them is x. */
interface Place {
  readonly along: number;
  readonly across: number;
  readonly sizeAlong: number;
  readonly sizeAcross: number;
}

function alongOf(rank: number, size: Sizes): number {
  return rank === 0 ? size.begin / 2 : size.begin + rank * size.gapAlong + (rank - 0.5) * size.along;
}

function extentOf(cell: Cell, size: Sizes): { readonly sizeAlong: number; readonly sizeAcross: number } {
  if (cell.state === null) return { sizeAlong: size.along, sizeAcross: size.passing };
  if (cell.state === 'none') return { sizeAlong: size.begin, sizeAcross: size.begin };
  return { sizeAlong: size.along, sizeAcross: size.across };
}

/** The main line stays at 0; the others go as near to what they are joined to as their neighbours let them. */
function placeAcross(columns: readonly Column[], size: Sizes): ReadonlyMap<Cell, number> {
  const placed = new Map<Cell, number>();
  const wish = (cell: Cell): number => {
    const joined = [...cell.before, ...cell.after].map((other) => placed.get(other) ?? 0);
    return joined.reduce((sum, value) => sum + value, 0) / Math.max(1, joined.length);
  };
  const stack = (cells: readonly Cell[], from: Cell | null, sign: 1 | -1): void => {
    let edge = from === null ? -Infinity : extentOf(from, size).sizeAcross / 2 + size.gapAcross;
    for (const cell of cells) {
      const half = extentOf(cell, size).sizeAcross / 2;
      const distance = Math.max(edge + half, wish(cell) * sign);
      placed.set(cell, distance * sign);
      edge = distance + half + size.gapAcross;
    }
  };
  const rounds = 8;
  for (let round = 0; round < rounds; round += 1) {
    for (const column of round % 2 === 0 ? columns : [...columns].reverse()) {
      if (column.main !== null) placed.set(column.main, 0);
      stack(column.below, column.main, 1);
      stack([...column.above].reverse(), column.main, -1);
    }
  }
  return placed;
}

/** The points of an edge: out of the first state, past those between, into the last. */
function routeOf(chain: readonly Cell[], at: (cell: Cell) => Place, size: Sizes): readonly Place[] {
  const points: Place[] = [];
  for (const [index, cell] of chain.entries()) {
    const place = at(cell);
    const next = chain[index + 1];
    const before = chain[index - 1];
    const begin = place.along - place.sizeAlong / 2;
    const end = place.along + place.sizeAlong / 2;
    if (before !== undefined)
      points.push(point(begin, place.across + portOf(cell, before, cell.before, at, size)));
    if (next !== undefined) points.push(point(end, place.across + portOf(cell, next, cell.after, at, size)));
  }
  return points;
}

function point(along: number, across: number): Place {
  return { along, across, sizeAlong: 0, sizeAcross: 0 };
}

/** Edges of one side of a state lie beside each other, in the order of where they come from or go to. */
function portOf(
  cell: Cell,
  other: Cell,
  all: readonly Cell[],
  at: (cell: Cell) => Place,
  size: Sizes,
): number {
  if (cell.state === null || cell.state === 'none') return 0;
  const ordered = [...all].sort((one, two) => at(one).across - at(two).across);
  const step = Math.min(size.port, (size.across - 12) / Math.max(1, ordered.length - 1));
  // An edge along the main line stays straight; the others give way to it.
  const straight = ordered.findIndex((one) => at(one).across === at(cell).across);
  const middle = straight === -1 ? (ordered.length - 1) / 2 : straight;
  const limit = size.across / 2 - 6;
  return Math.max(-limit, Math.min(limit, (ordered.indexOf(other) - middle) * step));
}

/** Round the bottom: out of the far side of one state, back below everything, and into the other from there. */
function retryRouteOf(from: Place, to: Place, lane: number): readonly Place[] {
  return [
    point(from.along, from.across + from.sizeAcross / 2),
    point(from.along, lane),
    point(to.along, lane),
    point(to.along, to.across + to.sizeAcross / 2),
  ];
}

function draw(
  direction: Direction,
  size: Sizes,
  edges: readonly Edge[],
  cells: readonly Cell[],
  places: ReadonlyMap<string, Place>,
  routes: ReadonlyMap<Edge, readonly Place[]>,
): Diagram {
  const all = [...places.values(), ...[...routes.values()].flat()];
  const first = Math.min(...all.map((place) => place.across - place.sizeAcross / 2));
  const last = Math.max(...all.map((place) => place.across + place.sizeAcross / 2));
  const end = Math.max(...all.map((place) => place.along + place.sizeAlong / 2));
  const turned = (place: Place): Point => {
    const along = place.along + margin;
    const acrossFromEdge = place.across - first + margin;
    return direction === 'right' ? { x: along, y: acrossFromEdge } : { x: acrossFromEdge, y: along };
  };
  const box = (place: Place): Box => ({
    ...turned(place),
    width: direction === 'right' ? place.sizeAlong : place.sizeAcross,
    height: direction === 'right' ? place.sizeAcross : place.sizeAlong,
  });

  const states = cells.flatMap((cell) => {
    const place = places.get(cell.id);
    return cell.state === null || place === undefined ? [] : [{ state: cell.state, ...box(place) }];
  });
  const lines = edges.map((edge) => (routes.get(edge) ?? []).map(turned));
  const labels = placeLabels(lines, states, size.label, direction);
  const extent = { along: end + 2 * margin, across: last - first + 2 * margin };
  return {
    direction,
    width: direction === 'right' ? extent.along : extent.across,
    height: direction === 'right' ? extent.across : extent.along,
    states,
    edges: edges.map((edge, index) => ({
      ...edge,
      points: lines[index] ?? [],
      label: labels[index] ?? { x: 0, y: 0 },
    })),
  };
}
