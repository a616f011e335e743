import {
  checkActionMaps,
  checkVersions,
  type ActionMapsFile,
  type DocumentProblem,
} from '@offerlock/lifecycle';

/** What applying a file does to one entry of a tenant's document. */
export interface EntryChange {
  readonly kind: 'actionMap' | 'actionTarget' | 'scheduleGroup' | 'emergencyScheduleGroup' | 'frequencyCap';
  /** Of a frequency cap: the media type. */
  readonly id: string;
  /** Of action maps only. */
  readonly version: number | null;
  readonly change: 'added' | 'replaced' | 'unchanged';
  /** Of a replaced entry, or of a new version of a map: the fields that differ from what was there. */
  readonly fields: readonly { readonly field: string; readonly before: unknown; readonly after: unknown }[];
}

export type Applied =
  | { readonly outcome: 'accepted'; readonly next: ActionMapsFile; readonly changes: readonly EntryChange[] }
  | { readonly outcome: 'refused'; readonly problems: readonly DocumentProblem[] };

export const emptyDocument: ActionMapsFile = {
  actionMaps: [],
  actionTargets: [],
  scheduleGroups: [],
  emergencyScheduleGroups: [],
  frequencyCaps: {},
};

/**
 * Lays a file over what a tenant has published. Versions of action maps are added and never change; targets, schedules
 * and caps take the file's place. What the file does not name stays, and nothing is applied in part. Applying a file
 * again changes nothing.
 */
export function applyActionMaps(present: ActionMapsFile, file: unknown): Applied {
  const checked = checkActionMaps(file, present);
  if (checked.outcome === 'refused') return checked;
  const { value } = checked;
  const problems = checkVersions(present.actionMaps, value.actionMaps);
  if (problems.length > 0) return { outcome: 'refused', problems };

  const targets = layOver('actionTarget', present.actionTargets, value.actionTargets);
  const schedules = layOver('scheduleGroup', present.scheduleGroups, value.scheduleGroups);
  const emergencies = layOver(
    'emergencyScheduleGroup',
    present.emergencyScheduleGroups,
    value.emergencyScheduleGroups,
  );
  const caps = layOver('frequencyCap', capsOf(present), capsOf(value));
  const maps = addVersions(present.actionMaps, value.actionMaps);
  return {
    outcome: 'accepted',
    next: {
      actionMaps: maps.entries,
      actionTargets: targets.entries,
      scheduleGroups: schedules.entries,
      emergencyScheduleGroups: emergencies.entries,
      frequencyCaps: Object.fromEntries(caps.entries.map(({ id, ...cap }) => [id, cap])),
    },
    changes: [maps, targets, schedules, emergencies, caps].flatMap(({ changes }) => changes),
  };
}

interface LaidOver<Entry> {
  readonly entries: readonly Entry[];
  readonly changes: readonly EntryChange[];
}

function layOver<Entry extends { readonly id: string }>(
  kind: EntryChange['kind'],
  present: readonly Entry[],
  given: readonly Entry[],
): LaidOver<Entry> {
  const entries = new Map(present.map((entry) => [entry.id, entry]));
  const changes = given.map((entry): EntryChange => {
    const before = entries.get(entry.id);
    entries.set(entry.id, entry);
    return { kind, id: entry.id, version: null, ...changeOf(before, entry) };
  });
  return { entries: [...entries.values()], changes };
}

function addVersions(
  present: ActionMapsFile['actionMaps'],
  given: ActionMapsFile['actionMaps'],
): LaidOver<ActionMapsFile['actionMaps'][number]> {
  const entries = [...present];
  const changes: EntryChange[] = [];
  // In order of version, so that each is compared with the one before it.
  for (const map of [...given].sort((one, other) => one.version - other.version)) {
    const versions = entries.filter(({ id }) => id === map.id);
    const isThere = versions.some(({ version }) => version === map.version);
    const { fields } = changeOf(versions.at(-1), map);
    if (!isThere) entries.push(map);
    changes.push({
      kind: 'actionMap',
      id: map.id,
      version: map.version,
      change: isThere ? 'unchanged' : 'added',
      fields: isThere || versions.length === 0 ? [] : fields.filter(({ field }) => field !== 'version'),
    });
  }
  return { entries, changes };
}

function capsOf({ frequencyCaps }: ActionMapsFile): readonly { readonly id: string }[] {
  return Object.entries(frequencyCaps).map(([id, cap]) => ({ id, ...cap }));
}

function changeOf(before: object | undefined, after: object): Pick<EntryChange, 'change' | 'fields'> {
  if (before === undefined) return { change: 'added', fields: [] };
  const old: Readonly<Record<string, unknown>> = { ...before };
  const fields = Object.entries(after)
    .map(([field, value]: [string, unknown]) => ({ field, before: old[field], after: value }))
    .filter((field) => JSON.stringify(field.before) !== JSON.stringify(field.after));
  return { change: fields.length === 0 ? 'unchanged' : 'replaced', fields };
}
