import type { Edge, Graph } from './graph.ts';

/** Something that takes room in a column: a state, or an edge on its way past the states of that column. */
export interface Cell {
  readonly id: string;
  readonly rank: number;
  /** The state, or null for an edge that passes. */
  readonly state: string | null;
  /** Cells of the columns before and after that are joined to this one. */
  readonly before: Cell[];
  readonly after: Cell[];
}

/** The cells of one column: those above the main line, the one on it, those below; each from the top down. */
export interface Column {
  readonly above: Cell[];
  readonly main: Cell | null;
  readonly below: Cell[];
}

export interface Columns {
  readonly columns: readonly Column[];
  /** By forward edge, the cells it runs through, both ends included. */
  readonly chains: ReadonlyMap<Edge, readonly Cell[]>;
}

/**
 * Puts the states into columns by rank, splits long edges at every column they pass, and orders each column so that
 * few edges cross. Long edges between states of the main line go above it, everything else below.
 */
export function columnsOf(graph: Graph): Columns {
  const columns: Column[] = [];
  const cells = new Map<string, Cell>();
  const onMainPath = new Set(graph.mainPath);

  for (const [state, rank] of graph.ranks) {
    const cell: Cell = { id: state, rank, state, before: [], after: [] };
    cells.set(state, cell);
    const column = (columns[rank] ??= { above: [], main: null, below: [] });
    if (onMainPath.has(state)) columns[rank] = { ...column, main: cell };
    else column.below.push(cell);
  }

  const chains = new Map<Edge, readonly Cell[]>();
  for (const edge of graph.edges) {
    if (edge.retry) continue;
    const from = cells.get(edge.from);
    const to = cells.get(edge.to);
    if (from === undefined || to === undefined) continue;
    const chain = [from];
    for (let rank = from.rank + 1; rank < to.rank; rank += 1) {
      const cell: Cell = { id: `${edge.from}>${edge.to}@${rank}`, rank, state: null, before: [], after: [] };
      const column = columns[rank];
      (onMainPath.has(edge.from) && onMainPath.has(edge.to) ? column?.above : column?.below)?.push(cell);
      chain.push(cell);
    }
    chain.push(to);
    for (const [index, cell] of chain.entries()) {
      const next = chain[index + 1];
      if (next === undefined) continue;
      cell.after.push(next);
      next.before.push(cell);
    }
    chains.set(edge, chain);
  }

  untangle(columns, graph.edges.find(({ retry }) => retry)?.from ?? null);
  return { columns, chains };
}

/** The cells of a column from the top down. */
export function cellsOf({ above, main, below }: Column): readonly Cell[] {
  return main === null ? [...above, ...below] : [...above, main, ...below];
}

/**
 * Swaps neighbours below the main line for as long as that makes the picture better. The graphs are small: this ends
 * after a few rounds. The state that a retry begins at stays at the bottom, where nothing is in the retry's way.
 */
function untangle(columns: readonly Column[], bottom: string | null): void {
  for (const { below } of columns) {
    below.sort((one, other) => Number(one.state === bottom) - Number(other.state === bottom));
  }
  let best = tangle(columns);
  for (let better = true; better;) {
    better = false;
    for (const { below } of columns) {
      for (let index = 0; index + 1 < below.length; index += 1) {
        if (bottom !== null && below[index + 1]?.state === bottom) continue;
        swap(below, index);
        const now = tangle(columns);
        if (now < best) {
          best = now;
          better = true;
        } else swap(below, index);
      }
    }
  }
}

function swap(cells: Cell[], index: number): void {
  cells.splice(index, 2, ...cells.slice(index, index + 2).reverse());
}

/** How bad an order is: crossings first, then the height that edges climb and fall. */
function tangle(columns: readonly Column[]): number {
  const places = new Map<Cell, number>();
  for (const column of columns) {
    for (const [index, cell] of cellsOf(column).entries()) places.set(cell, index - column.above.length);
  }
  const placeOf = (cell: Cell): number => places.get(cell) ?? 0;
  let crossings = 0;
  let climb = 0;
  for (const column of columns) {
    const joints = cellsOf(column).flatMap((cell) =>
      cell.after.map((next) => [placeOf(cell), placeOf(next)] as const),
    );
    for (const [index, [from, to]] of joints.entries()) {
      climb += Math.abs(from - to);
      for (const [otherFrom, otherTo] of joints.slice(index + 1)) {
        if ((from - otherFrom) * (to - otherTo) < 0) crossings += 1;
      }
    }
  }
  return crossings * 1000 + climb;
}
