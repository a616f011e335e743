import type { ActionMap, ActionMapsFile, Condition, ScheduleGroup } from './action-map.ts';
import { comparesSize, numberOf } from './conditions.ts';
import { conform, definition, isRecord, type DocumentProblem } from './json-schema.ts';
import { isTimeZone, minutesOf } from './schedule.ts';
import { actionMapsSchema } from './schema.ts';

export type Checked<Value> =
  /** `value` has every default filled in. */
  | { readonly outcome: 'accepted'; readonly value: Value }
  | { readonly outcome: 'refused'; readonly problems: readonly DocumentProblem[] };

const actionMapSchema = definition(actionMapsSchema, '#/$defs/actionMap');

/** Checks one action map by itself: its shape, and what can be said without the rest of the file. */
export function checkActionMap(value: unknown): Checked<ActionMap> {
  const conformed = conform(actionMapsSchema, actionMapSchema, value);
  const actionMap = conformed.value as ActionMap;
  const problems =
    conformed.problems.length > 0 ? conformed.problems : problemsOfMap(actionMap).map(under(''));
  return problems.length > 0 ? { outcome: 'refused', problems } : { outcome: 'accepted', value: actionMap };
}

/**
 * Checks a whole file and names every problem at once, in the order of the document. A part of the wrong shape is
 * reported as such and left out of the further checks, so that one mistake is one problem.
 *
 * @param published What the file may refer to beside its own entries.
 */
export function checkActionMaps(
  value: unknown,
  published: Partial<ReferredEntries> = {},
): Checked<ActionMapsFile> {
  const conformed = conform(actionMapsSchema, actionMapsSchema, value);
  const shapeProblems = conformed.problems;
  if (!isRecord(conformed.value)) return { outcome: 'refused', problems: shapeProblems };
  const file = conformed.value as unknown as ActionMapsFile;

  const problems = [...shapeProblems];
  /** The entries of a list whose shape is right, each with its place. */
  const soundOf = <Entry>(list: string, entries: readonly Entry[] | undefined) =>
    (entries ?? []).flatMap((entry, index) => {
      const path = `/${list}/${index}`;
      const broken = shapeProblems.some((found) => found.path === path || found.path.startsWith(`${path}/`));
      return broken ? [] : [{ path, entry }];
    });
  const maps = soundOf('actionMaps', file.actionMaps);
  for (const { path, entry } of maps) problems.push(...problemsOfMap(entry).map(under(path)));
  for (const { path, entry } of soundOf('scheduleGroups', file.scheduleGroups)) {
    problems.push(...problemsOfSchedule(entry).map(under(path)));
  }
  problems.push(...problemsOfVersions(maps), ...problemsOfReferences(value, published, maps));
  for (const list of referred)
    problems.push(...problemsOfIds(list, soundOf<{ readonly id: string }>(list, file[list])));

  if (problems.length === 0) return { outcome: 'accepted', value: file };
  return { outcome: 'refused', problems: problems.sort((one, other) => inOrder(one.path, other.path)) };
}

/**
 * Checks that published versions stay as they are: a version that is published already must have the same content, and
 * a new one must be greater than all published ones of its map.
 */
export function checkVersions(
  published: readonly ActionMap[],
  proposed: readonly ActionMap[],
): readonly DocumentProblem[] {
  return proposed.flatMap((actionMap, index) => {
    const path = `/actionMaps/${index}/version`;
    const versions = published.filter(({ id }) => id === actionMap.id);
    const same = versions.find(({ version }) => version === actionMap.version);
    if (same !== undefined) {
      if (contentOf(same) === contentOf(actionMap)) return [];
      return [{ path, expected: `a new version: version ${same.version} is published with other content` }];
    }
    const newest = Math.max(0, ...versions.map(({ version }) => version));
    if (actionMap.version > newest) return [];
    return [{ path, expected: `a version greater than ${newest}, which is published already` }];
  });
}

const referred = ['actionTargets', 'scheduleGroups', 'emergencyScheduleGroups'] as const;

/** What action maps refer to by id. */
export type ReferredEntries = {
  readonly [List in (typeof referred)[number]]: readonly { readonly id: string }[];
};

interface Placed<Entry> {
  readonly path: string;
  readonly entry: Entry;
}

function problemsOfMap(actionMap: ActionMap): readonly DocumentProblem[] {
  const problems: DocumentProblem[] = [];
  const dates = ['startDate', 'endDate'] as const;
  for (const field of dates) {
    const date = actionMap[field];
    if (date !== null && !isRealMoment(date))
      problems.push({ path: `/${field}`, expected: 'a date that exists' });
  }
  if (actionMap.endDate !== null && Date.parse(actionMap.endDate) <= Date.parse(actionMap.startDate)) {
    problems.push({ path: '/endDate', expected: `a time after startDate, ${actionMap.startDate}` });
  }
  const lists = ['pageUrlConditions', 'triggerWithEventConditions'] as const;
  for (const list of lists) {
    for (const [index, condition] of actionMap[list].entries()) {
      if (isComparable(condition)) continue;
      problems.push({
        path: `/${list}/${index}/values`,
        expected: `exactly one number, such as "100", with ${condition.operator}`,
      });
    }
  }
  return problems;
}

function isComparable(condition: Condition): boolean {
  const [value = '', ...more] = condition.values;
  return !comparesSize(condition) || (more.length === 0 && !Number.isNaN(numberOf(value)));
}

function problemsOfSchedule(group: ScheduleGroup): readonly DocumentProblem[] {
  const problems: DocumentProblem[] = [];
  if (!isTimeZone(group.timeZone)) {
    problems.push({ path: '/timeZone', expected: 'the IANA name of a time zone, such as Europe/Berlin' });
  }
  for (const [index, { from, to }] of group.open.entries()) {
    if (minutesOf(from) >= minutesOf(to)) {
      problems.push({
        path: `/open/${index}/to`,
        expected: `a time after ${from}; hours over midnight are two entries`,
      });
    }
  }
  for (const [index, { from, to }] of group.closed.entries()) {
    const path = `/closed/${index}`;
    if (!isRealDay(from)) problems.push({ path: `${path}/from`, expected: 'a date that exists' });
    if (!isRealDay(to)) problems.push({ path: `${path}/to`, expected: 'a date that exists' });
    if (to < from) problems.push({ path: `${path}/to`, expected: `${from} or a later day` });
  }
  return problems;
}

/** `Date.parse` takes the 30th of February for the 2nd of March. */
function isRealMoment(moment: string): boolean {
  return !Number.isNaN(Date.parse(moment)) && isRealDay(moment.slice(0, 10));
}

function isRealDay(date: string): boolean {
  const start = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(start) && new Date(start).toISOString().startsWith(date);
}

/** Within one file, a version may stand twice only with the same content. */
function problemsOfVersions(maps: readonly Placed<ActionMap>[]): readonly DocumentProblem[] {
  const first = new Map<string, Placed<ActionMap>>();
  return maps.flatMap((placed) => {
    const { path, entry } = placed;
    const name = `${entry.id} ${entry.version}`;
    const earlier = first.get(name);
    if (earlier === undefined) {
      first.set(name, placed);
      return [];
    }
    if (contentOf(earlier.entry) === contentOf(entry)) return [];
    const expected = `another version: ${earlier.path} has version ${entry.version} of ${entry.id} with other content`;
    return [{ path: `${path}/version`, expected }];
  });
}

function problemsOfReferences(
  document: unknown,
  published: Partial<ReferredEntries>,
  maps: readonly Placed<ActionMap>[],
): readonly DocumentProblem[] {
  // From the document as it was given: an entry of the wrong shape is there all the same.
  const idsOf = (list: (typeof referred)[number]): readonly unknown[] => {
    const entries = isRecord(document) ? document[list] : [];
    const given = Array.isArray(entries)
      ? entries.map((entry: unknown) => isRecord(entry) && entry['id'])
      : [];
    return [...given, ...(published[list] ?? []).map(({ id }) => id)];
  };
  const ids = {
    actionTargets: idsOf('actionTargets'),
    scheduleGroups: idsOf('scheduleGroups'),
    emergencyScheduleGroups: idsOf('emergencyScheduleGroups'),
  };
  return maps.flatMap(({ path, entry }) => {
    const references = [
      ['/action/actionTargetId', entry.action.actionTargetId, 'actionTargets'],
      ['/scheduleGroupId', entry.scheduleGroupId, 'scheduleGroups'],
      ['/emergencyScheduleGroupId', entry.emergencyScheduleGroupId, 'emergencyScheduleGroups'],
    ] as const;
    return references.flatMap(([field, id, list]) =>
      id === null || ids[list].includes(id)
        ? []
        : [{ path: `${path}${field}`, expected: `an id of ${list}, which has no ${id}` }],
    );
  });
}

function problemsOfIds(
  list: string,
  placed: readonly Placed<{ readonly id: string }>[],
): readonly DocumentProblem[] {
  const ids = new Set<string>();
  return placed.flatMap(({ path, entry: { id } }) => {
    if (ids.has(id)) return [{ path: `${path}/id`, expected: `another id: ${list} has ${id} already` }];
    ids.add(id);
    return [];
  });
}

/** Equal for equal content, however the fields are ordered and whether or not defaults are written out. */
function contentOf(actionMap: ActionMap): string {
  return JSON.stringify(conform(actionMapsSchema, actionMapSchema, actionMap).value);
}

function under(path: string): (problem: DocumentProblem) => DocumentProblem {
  return (problem) => ({ ...problem, path: `${path}${problem.path}` });
}

/** Compares two paths by their parts, entries of a list by their number. */
function inOrder(one: string, other: string): number {
  const others = other.split('/');
  for (const [index, part] of one.split('/').entries()) {
    const against = others[index];
    if (against === undefined) return 1;
    if (part !== against) return Number(part) - Number(against) || (part < against ? -1 : 1);
  }
  return others.length > one.split('/').length ? -1 : 0;
}
