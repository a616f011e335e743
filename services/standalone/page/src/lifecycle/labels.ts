import { curvesOf, pointOn } from './curve.ts';
import type { Box, Direction, Point } from './diagram.ts';

/** Where on its line a label may stand, the best place first. */
const shares = [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8];

/**
 * Finds a place for the label of every line: on its line, off all states, and off the labels placed before, as far as
 * there is such a place.
 */
export function placeLabels(
  lines: readonly (readonly Point[])[],
  states: readonly Box[],
  size: { readonly width: number; readonly height: number },
  direction: Direction,
): readonly Point[] {
  const taken: Box[] = [...states];
  return lines.map((line) => {
    const candidates = candidatesOn(line, direction);
    const free = candidates.find((place) => taken.every((other) => !overlaps({ ...place, ...size }, other)));
    const chosen = free ?? candidates[0] ?? { x: 0, y: 0 };
    taken.push({ ...chosen, ...size });
    return chosen;
  });
}

/** Whether two boxes, given by their centres, share any room. */
export function overlaps(one: Box, other: Box): boolean {
  return (
    Math.abs(one.x - other.x) < (one.width + other.width) / 2 &&
    Math.abs(one.y - other.y) < (one.height + other.height) / 2
  );
}

function candidatesOn(line: readonly Point[], direction: Direction): readonly Point[] {
  // The last piece of a line leads to its state alone; the first ones are shared by all that leave together.
  const curves = [...curvesOf(line, direction)].reverse();
  return curves.flatMap((curve) => shares.map((share) => pointOn(curve, share)));
}
