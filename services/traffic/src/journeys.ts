import type { ActionState } from '@offerlock/lifecycle';
import type { Random } from './random.ts';

/**
 * How web chat offers go on a busy site: most are ignored, time out or are turned down, about a fifth is accepted.
 * Every path is legal; `offered` after `errored` is a further attempt. A path that does not end in a terminal state
 * is one whose browser went away.
 */
const webchatPaths: readonly (readonly [weight: number, path: string])[] = [
  [80, 'qualified'],
  [30, 'qualified offered'],
  [330, 'qualified offered ignored'],
  [190, 'qualified offered timedout'],
  [130, 'qualified offered rejected'],
  [30, 'qualified offered accepted rejected'],
  [80, 'qualified offered accepted started engaged completed'],
  [40, 'qualified offered accepted started engaged'],
  [30, 'qualified offered accepted started abandoned'],
  [15, 'qualified offered accepted'],
  [10, 'qualified offered accepted started'],
  [10, 'qualified offered errored'],
  [4, 'qualified offered accepted errored'],
  [3, 'qualified offered accepted started errored'],
  [6, 'qualified offered errored offered ignored'],
  [5, 'qualified offered errored offered accepted started engaged completed'],
  [3, 'qualified offered accepted errored offered accepted started abandoned'],
  [2, 'qualified offered accepted started errored offered rejected'],
  [8, 'qualifiedOutsideSchedule'],
  [6, 'qualified frequencyCapReached'],
];

const paths = webchatPaths.map(([weight, path]) => ({ weight, steps: path.split(' ') as ActionState[] }));
const weights = paths.reduce((sum, { weight }) => sum + weight, 0);

/** The steps that one action will go through. */
export function drawPath(random: Random): readonly ActionState[] {
  let left = random.integer(weights);
  for (const { weight, steps } of paths) {
    left -= weight;
    // Some pages offer without a separate qualification.
    if (left < 0) return steps[1] === 'offered' && random.chance(0.15) ? steps.slice(1) : steps;
  }
  throw new Error('the weights do not add up');
}
