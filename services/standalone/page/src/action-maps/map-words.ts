import type { ActionMap, ActionMapsFile, Activation, Condition, FrequencyCap } from '@offerlock/lifecycle';
import { assertNever } from '../shared/assert-never.ts';
import { format } from '../shared/format.ts';

/** How a map stands by its dates and its switch; whether it is offered is for the other gates to say. */
export type Standing = 'in-force' | 'off' | 'not-begun' | 'ended';

export function standingOf({ isActive, startDate, endDate }: ActionMap, nowMs: number): Standing {
  if (!isActive) return 'off';
  if (nowMs < Date.parse(startDate)) return 'not-begun';
  return endDate !== null && nowMs >= Date.parse(endDate) ? 'ended' : 'in-force';
}

export const standingLabels: Readonly<Record<Standing, string>> = {
  'in-force': 'In force',
  off: 'Switched off',
  'not-begun': 'Not begun',
  ended: 'Ended',
};

export const weightLabels: Readonly<Record<ActionMap['weight'], string>> = {
  1: '1, low',
  2: '2, medium',
  3: '3, high',
};

/** The greatest version of each id, in order of media type, weight and id, with the versions before it. */
export function mapsInForce(
  file: ActionMapsFile,
): readonly { readonly map: ActionMap; readonly earlier: readonly number[] }[] {
  const versions = new Map<string, ActionMap[]>();
  for (const map of file.actionMaps) versions.set(map.id, [...(versions.get(map.id) ?? []), map]);
  return [...versions.values()]
    .flatMap((all) => {
      const [map, ...earlier] = all.sort((one, other) => other.version - one.version);
      return map === undefined ? [] : [{ map, earlier: earlier.map(({ version }) => version) }];
    })
    .sort(
      ({ map: one }, { map: other }) =>
        other.weight - one.weight || one.id.localeCompare(other.id, 'en', { numeric: true }),
    );
}

export function conditionWords({ operator, values }: Condition): string {
  const quoted = values.map((value) => `“${value}”`);
  const words = values.length === 1 ? singularWords[operator] : undefined;
  return `${words ?? operatorWords[operator]} ${list(quoted, joiners[operator] ?? 'or')}`;
}

/** Everything that must hold before the map is offered, as sentences. */
export function conditionSentences(map: ActionMap, file: ActionMapsFile): readonly string[] {
  const target = file.actionTargets.find(({ id }) => id === map.action.actionTargetId) ?? null;
  const { triggerWithSegments: segments, triggerWithEventConditions: events, pageUrlConditions: pages } = map;
  const waits = activationSentence(map.activation);
  return [
    ...(segments.length === 0
      ? []
      : [
          `The segment ${list(
            segments.map((segment) => `“${segment}”`),
            'or',
          )} is assigned.`,
        ]),
    ...events.map(
      (condition) => `An event “${condition.eventName}” whose ${condition.key} ${conditionWords(condition)}.`,
    ),
    ...pages.map((condition) => `The address of the page ${conditionWords(condition)}.`),
    ...(waits === null ? [] : [waits]),
    ...(map.scheduleGroupId === null ? [] : [`The hours of ${map.scheduleGroupId} are open.`]),
    ...(map.emergencyScheduleGroupId === null
      ? []
      : [`The emergency group ${map.emergencyScheduleGroupId} is not active.`]),
    ...(target?.routeIfAgentsAvailable === true ? [`An agent of ${target.id} is on queue.`] : []),
    ...(target !== null && map.action.isPacingEnabled ? [`${target.id} keeps its service level.`] : []),
    ...(map.ignoreFrequencyCap ? ['The frequency cap does not hold it back.'] : []),
  ];
}

export function capSentence(mediaTypeTitle: string, cap: FrequencyCap): string | null {
  const rules = [
    cap.capOnceFinalized ? 'after a conversation nothing more is offered' : null,
    cap.capOnceRejected ? 'after a rejection nothing more is offered' : null,
    cap.capForPeriod !== null && !(cap.capOnceFinalized && cap.capOnceRejected)
      ? `${periodWords(cap.capForPeriod)} must pass between two offers`
      : null,
  ].filter((rule) => rule !== null);
  return rules.length === 0 ? null : `${mediaTypeTitle}, within a session: ${rules.join('; ')}.`;
}

function periodWords(period: string): string {
  const [hours = 0, minutes = 0] = period.split(':').map(Number);
  return format.duration((hours * 60 + minutes) * 60_000);
}

function activationSentence(activation: Activation): string | null {
  switch (activation.type) {
    case 'immediate':
      return null;
    case 'delay':
      return `${format.duration(activation.delayInSeconds * 1000)} have passed since it qualified.`;
    case 'on-next-visit':
    case 'on-next-session':
      return 'It is a later session than the one in which it qualified.';
    default:
      return assertNever(activation);
  }
}

const operatorWords: Readonly<Record<Condition['operator'], string>> = {
  containsAll: 'contains',
  containsAny: 'contains',
  notContainsAll: 'does not contain all of',
  notContainsAny: 'contains neither',
  equal: 'is',
  notEqual: 'is neither',
  greaterThan: 'is greater than',
  greaterThanOrEqual: 'is at least',
  lessThan: 'is less than',
  lessThanOrEqual: 'is at most',
  startsWith: 'begins with',
  endsWith: 'ends with',
};

/** Where one value reads otherwise than several. */
const singularWords: Readonly<Partial<Record<Condition['operator'], string>>> = {
  notContainsAll: 'does not contain',
  notContainsAny: 'does not contain',
  notEqual: 'is not',
};

const joiners: Readonly<Partial<Record<Condition['operator'], string>>> = {
  containsAll: 'and',
  notContainsAll: 'and',
  notContainsAny: 'nor',
  notEqual: 'nor',
};

function list(words: readonly string[], joiner: string): string {
  return words.length < 2
    ? words.join('')
    : `${words.slice(0, -1).join(', ')} ${joiner} ${words.at(-1) ?? ''}`;
}
