import type { Direction, PlacedEdge, Point } from './diagram.ts';

/** A piece of a drawn edge: a cubic curve. */
export interface Curve {
  readonly from: Point;
  readonly fromControl: Point;
  readonly toControl: Point;
  readonly to: Point;
}

/** The curves through `points`, each leaving and entering in the reading direction. */
export function curvesOf(points: readonly Point[], direction: Direction): readonly Curve[] {
  return points.slice(1).map((to, index) => {
    const from = points[index] ?? to;
    return direction === 'right'
      ? {
          from,
          to,
          fromControl: { x: (from.x + to.x) / 2, y: from.y },
          toControl: { x: (from.x + to.x) / 2, y: to.y },
        }
      : {
          from,
          to,
          fromControl: { x: from.x, y: (from.y + to.y) / 2 },
          toControl: { x: to.x, y: (from.y + to.y) / 2 },
        };
  });
}

/** The point of a curve at `share` of its way, from 0 to 1. */
export function pointOn({ from, fromControl, toControl, to }: Curve, share: number): Point {
  const rest = 1 - share;
  const mix = (axis: 'x' | 'y'): number =>
    rest ** 3 * from[axis] +
    3 * rest ** 2 * share * fromControl[axis] +
    3 * rest * share ** 2 * toControl[axis] +
    share ** 3 * to[axis];
  return { x: mix('x'), y: mix('y') };
}

/** Room for the arrowhead between the end of a line and the state, in px. */
const arrowLength = 7;

/** The `d` of an SVG path for an edge, up to its arrowhead. A retry turns its corners in quarter circles. */
export function pathOf(edge: PlacedEdge, direction: Direction): string {
  const [first, ...others] = withoutArrow(edge, direction);
  if (first === undefined) return '';
  if (edge.retry) return roundedPathOf([first, ...others]);
  const curves = curvesOf([first, ...others], direction).map(
    ({ fromControl, toControl, to }) =>
      `C${number(fromControl.x)} ${number(fromControl.y)} ${number(toControl.x)} ${number(toControl.y)} ${number(to.x)} ${number(to.y)}`,
  );
  return `M${number(first.x)} ${number(first.y)}${curves.join('')}`;
}

function withoutArrow({ points, retry }: PlacedEdge, direction: Direction): readonly Point[] {
  const end = points.at(-1);
  if (end === undefined) return [];
  const along = retry ? 0 : -arrowLength;
  // A retry comes from the far side.
  const across = retry ? arrowLength : 0;
  const short =
    direction === 'right' ? { x: end.x + along, y: end.y + across } : { x: end.x + across, y: end.y + along };
  return [...points.slice(0, -1), short];
}

function roundedPathOf(points: readonly Point[]): string {
  const radius = 10;
  return points
    .map((point, index) => {
      const before = points[index - 1];
      const after = points[index + 1];
      if (before === undefined) return `M${number(point.x)} ${number(point.y)}`;
      if (after === undefined) return `L${number(point.x)} ${number(point.y)}`;
      const into = towards(point, before, radius);
      const outOf = towards(point, after, radius);
      return `L${number(into.x)} ${number(into.y)}Q${number(point.x)} ${number(point.y)} ${number(outOf.x)} ${number(outOf.y)}`;
    })
    .join('');
}

function towards(from: Point, to: Point, distance: number): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const share = length === 0 ? 0 : Math.min(0.5, distance / length);
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

function number(value: number): string {
  return String(Math.round(value * 10) / 10);
}
