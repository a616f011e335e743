import type { PendingOffer } from './offer-desk.ts';

/** How adapters keep a pending offer. */
export function pendingToJson(offer: PendingOffer): string {
  const { actionMapId, actionMapVersion, mediaType, actionId, sessionId, qualifiedAt, reserved } = offer;
  return JSON.stringify({
    actionMapId,
    actionMapVersion,
    mediaType,
    actionId,
    sessionId,
    qualifiedAt,
    reserved: reserved === null ? null : { takenAt: reserved.takenAt, until: reserved.until },
  });
}

/** null: `pendingToJson` cannot have written it. */
export function pendingFromJson(json: string): PendingOffer | null {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return null;
  }
  return isPendingOffer(value) ? value : null;
}

/** In order of the map ids. */
export function inOrderOfMaps(pending: Iterable<PendingOffer>): readonly PendingOffer[] {
  return [...pending].sort((left, right) => (left.actionMapId < right.actionMapId ? -1 : 1));
}

function isPendingOffer(value: unknown): value is PendingOffer {
  if (!isRecord(value)) return false;
  const { reserved } = value;
  return (
    ['actionMapId', 'mediaType', 'actionId', 'sessionId'].every((name) => typeof value[name] === 'string') &&
    typeof value['actionMapVersion'] === 'number' &&
    (value['qualifiedAt'] === null || typeof value['qualifiedAt'] === 'number') &&
    (reserved === null ||
      (isRecord(reserved) &&
        typeof reserved['takenAt'] === 'number' &&
        typeof reserved['until'] === 'number'))
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
