import type { Documents } from '@offerlock/event-log';
import { OfferlockError, type DocumentProblem } from '@offerlock/lifecycle';
import type { ActionMaps, Decoder, RecordEncoder, UnreadableValue } from '@offerlock/schemas';
import { applyActionMaps, emptyDocument, type EntryChange } from './apply-action-maps.ts';
import { parseDocument } from './rules-book.ts';

export interface ChangeParts {
  readonly documents: Documents;
  readonly decoder: Decoder<ActionMaps | UnreadableValue>;
  readonly encoder: RecordEncoder<ActionMaps>;
  readonly now: () => number;
}

export interface ChangeRequest {
  readonly tenantId: string;
  readonly file: unknown;
  /** For people: who made it. */
  readonly changedBy: string;
  /** The revision that the caller has seen; null: whatever is there. */
  readonly expectedRevision: number | null;
  /** Only say what would be done. */
  readonly dryRun: boolean;
}

export type Changed =
  /** `revision` is the present one where nothing changed, and the next one that a dry run would make. */
  | { readonly outcome: 'applied'; readonly revision: number; readonly changes: readonly EntryChange[] }
  | { readonly outcome: 'refused'; readonly problems: readonly DocumentProblem[] }
  | { readonly outcome: 'outdated'; readonly revision: number }
  | { readonly outcome: 'too-large'; readonly bytes: number };

/** A tenant's whole document, as JSON, in bytes: it is one record of the log. */
export const documentBytesMax = 4 * 1_024 * 1_024;

/**
 * Applies a file to a tenant's action maps, exactly: if somebody else changes them at the same time, it is applied to
 * what they left. Errors: `LOG_UNAVAILABLE`; `LOG_CORRUPT` if what is published cannot be read.
 */
export async function changeActionMaps(parts: ChangeParts, request: ChangeRequest): Promise<Changed> {
  // Readers of a schema may have to be fetched, and a change cannot wait for that: so it is done once before.
  let changed: Changed | null = null;
  for (;;) {
    let unknownSchema: Buffer | null = null;
    await parts.documents.change(request.tenantId, (present) => {
      unknownSchema = null;
      const decoded = present === null ? null : parts.decoder.decode(present);
      if (decoded instanceof Promise) {
        unknownSchema = present;
        return null;
      }
      const made = makeChange(parts, request, decoded);
      changed = made.changed;
      return made.value;
    });
    if (unknownSchema === null) break;
    await parts.decoder.decode(unknownSchema);
  }
  if (changed === null) throw new Error('a document was changed without anybody asking what it is');
  return changed;
}

function makeChange(
  { encoder, now }: ChangeParts,
  request: ChangeRequest,
  present: ActionMaps | UnreadableValue | null,
): { readonly changed: Changed; readonly value: Buffer | null } {
  const leave = (changed: Changed) => ({ changed, value: null });
  if (present !== null && !('document' in present)) throw corrupt(request.tenantId, present.detail);
  const revision = present?.revision ?? 0;
  if (request.expectedRevision !== null && request.expectedRevision !== revision) {
    return leave({ outcome: 'outdated', revision });
  }
  const document = present === null ? emptyDocument : parseDocument(present.document);
  if (typeof document === 'string') throw corrupt(request.tenantId, document);
  const applied = applyActionMaps(document, request.file);
  if (applied.outcome === 'refused') return leave(applied);

  const { next, changes } = applied;
  if (changes.every(({ change }) => change === 'unchanged')) {
    return leave({ outcome: 'applied', revision, changes });
  }
  const text = JSON.stringify(next);
  const bytes = Buffer.byteLength(text);
  if (bytes > documentBytesMax) return leave({ outcome: 'too-large', bytes });
  const changed: Changed = { outcome: 'applied', revision: revision + 1, changes };
  if (request.dryRun) return leave(changed);
  const { tenantId, changedBy } = request;
  const record = { tenantId, revision: revision + 1, changedAt: now(), changedBy, document: text };
  return { changed, value: encoder.encode(record) };
}

function corrupt(tenantId: string, problem: string): OfferlockError {
  return new OfferlockError('LOG_CORRUPT', `the action maps of ${tenantId} cannot be read: ${problem}`, {
    details: { tenantId },
  });
}
