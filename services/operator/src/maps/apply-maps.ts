import type { DocumentProblem } from '@offerlock/lifecycle';
import type { EntryChange } from '@offerlock/trigger';
import type { ServiceClient, Terminal } from '../ports.ts';
import { ServiceFailed } from '../service/service-client.ts';
import { countOf, noteProblems } from './check-maps.ts';
import { readLocatedFile } from './located-file.ts';

export interface ApplyMapsOptions {
  readonly file: string;
  /** null: the key's. */
  readonly tenant: string | null;
  readonly dryRun: boolean;
  readonly json: boolean;
}

/** What `POST /v1/action-maps` answers. */
interface AppliedMaps {
  readonly tenantId: string;
  readonly revision: number;
  readonly changes: readonly EntryChange[];
}

/** `offerlock maps apply`. False when the file is refused. Errors: `ServiceFailed`, `UsageError`. */
export async function applyMaps(
  service: ServiceClient,
  terminal: Terminal,
  options: ApplyMapsOptions,
): Promise<boolean> {
  const file = await readLocatedFile(options.file);
  const query = new URLSearchParams({ dryRun: String(options.dryRun) });
  if (options.tenant !== null) query.set('tenantId', options.tenant);
  let applied: AppliedMaps;
  try {
    applied = (await service.request(
      'POST',
      `/v1/action-maps?${query.toString()}`,
      file.value,
    )) as AppliedMaps;
  } catch (error) {
    const problems = problemsOf(error);
    if (problems === null) throw error;
    noteProblems(terminal, file, problems);
    terminal.note('Nothing was applied.');
    return false;
  }
  if (options.json) terminal.print(JSON.stringify(applied, null, 2));
  else terminal.print(describeChanges(applied, options.dryRun));
  return true;
}

function problemsOf(error: unknown): readonly DocumentProblem[] | null {
  if (!(error instanceof ServiceFailed) || error.problem['code'] !== 'ACTION_MAPS_INVALID') return null;
  return error.problem['problems'] as readonly DocumentProblem[];
}

function describeChanges({ tenantId, revision, changes }: AppliedMaps, dryRun: boolean): string {
  const lines = changes.filter(({ change }) => change !== 'unchanged').map(describeChange);
  const unchanged = changes.length - lines.length;
  if (lines.length === 0) {
    return `Nothing to change: tenant ${tenantId} has all of it, as revision ${revision}.`;
  }
  const summary = `${countOf(lines.length, 'change')}, ${unchanged} unchanged`;
  return [
    ...lines,
    dryRun
      ? `Dry run: ${summary}; they would make revision ${revision} of tenant ${tenantId}.`
      : `${summary}; tenant ${tenantId} is at revision ${revision}.`,
  ].join('\n');
}

const kinds: Readonly<Record<EntryChange['kind'], string>> = {
  actionMap: 'action map',
  actionTarget: 'action target',
  scheduleGroup: 'schedule group',
  emergencyScheduleGroup: 'emergency group',
  frequencyCap: 'frequency cap',
};

function describeChange({ kind, id, version, change, fields }: EntryChange): string {
  const name = `${kinds[kind]} ${id}${version === null ? '' : `, version ${version}`}`;
  const details = fields.map(
    ({ field, before, after }) => `    ${field}: ${textOf(before)} -> ${textOf(after)}`,
  );
  return [`${change === 'added' ? '+' : '~'} ${name}`, ...details].join('\n');
}

function textOf(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
