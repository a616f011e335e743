import type { ActionMap, ActionMapsFile } from '@offerlock/lifecycle';
import { formatTable, formatTime } from '../format.ts';
import type { ServiceClient, Terminal } from '../ports.ts';

export interface ShowMapsOptions {
  /** null: all maps. */
  readonly id: string | null;
  /** null: the key's. */
  readonly tenant: string | null;
  readonly json: boolean;
}

/** What `GET /v1/action-maps` answers. */
interface PublishedMaps {
  readonly tenantId: string;
  readonly revision: number;
  readonly changedAt: number | null;
  readonly changedBy: string | null;
  readonly document: ActionMapsFile;
}

/** `offerlock maps show`. False when there is no such map. Error: `ServiceFailed`. */
export async function showMaps(
  service: ServiceClient,
  terminal: Terminal,
  { id, tenant, json }: ShowMapsOptions,
): Promise<boolean> {
  const query = tenant === null ? '' : `?${new URLSearchParams({ tenantId: tenant }).toString()}`;
  const published = (await service.request('GET', `/v1/action-maps${query}`)) as PublishedMaps;
  const { tenantId, document } = published;
  if (id !== null) {
    const versions = document.actionMaps.filter((map) => map.id === id);
    if (versions.length > 0) terminal.print(JSON.stringify(versions, null, 2));
    else terminal.note(`Tenant ${tenantId} has no action map ${id}.`);
    return versions.length > 0;
  }
  if (json) terminal.print(JSON.stringify(document, null, 2));
  else terminal.print(describePublished(published));
  return true;
}

function describePublished({ tenantId, revision, changedAt, changedBy, document }: PublishedMaps): string {
  if (changedAt === null) {
    return `Tenant ${tenantId} has published no action maps: see \`offerlock maps apply --help\`.`;
  }
  const inForce = new Map<string, ActionMap>();
  for (const map of document.actionMaps) {
    if (map.version > (inForce.get(map.id)?.version ?? 0)) inForce.set(map.id, map);
  }
  const rows = [...inForce.values()]
    .sort((one, other) => (one.id < other.id ? -1 : 1))
    .map((map) => [
      map.id,
      map.version,
      map.isActive ? 'on' : 'off',
      map.action.mediaType,
      map.weight,
      map.action.actionTargetId ?? '',
      `${map.startDate} to ${map.endDate ?? 'open end'}`,
    ]);
  return [
    `Tenant ${tenantId}, revision ${revision} of ${formatTime(changedAt)} by ${changedBy ?? 'nobody'}`,
    formatTable(['map', 'version', 'is', 'media type', 'weight', 'target', 'in force'], rows),
  ].join('\n');
}
