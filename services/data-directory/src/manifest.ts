import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OfferlockError } from '@offerlock/lifecycle';
import { structureDamaged } from './lmdb-errors.ts';
import { seal, unseal } from './sealed.ts';
import type { Store } from './store.ts';

/** The format that this version reads and writes. */
export const formatNumber = 1;

export const manifestFile = 'offerlock.json';

/** What a data directory is. Kept in LMDB, and beside it as text: so it can be told apart before anything is opened. */
export interface Manifest {
  readonly format: number;
  /** A UUID. */
  readonly id: string;
  readonly createdAtMs: number;
  readonly partitions: number;
}

/** null: there is none. Errors: `DATA_FORMAT_UNSUPPORTED` for a newer format, `LOG_CORRUPT`. Reads only. */
export function readManifest(directory: string): Manifest | null {
  const file = join(directory, manifestFile);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  return parse(text, file);
}

/** The file appears at once with all of its content, and stays. */
export function writeManifest(directory: string, manifest: Manifest): void {
  const file = join(directory, manifestFile);
  const temporary = `${file}.new`;
  const text = { about: 'Data of Offerlock. Do not change or remove any file here.', ...manifest };
  writeFileSync(temporary, `${JSON.stringify(text, null, 2)}\n`, { flush: true });
  renameSync(temporary, file);
  const folder = openSync(directory, 'r');
  fsyncSync(folder);
  closeSync(folder);
}

const metaKey = Buffer.from('manifest');

/** The manifest in LMDB; null: there is none. Error: `LOG_CORRUPT`. */
export function loadManifest(store: Store): Manifest | null {
  const bytes = store.get(store.meta, metaKey);
  if (bytes === null) return null;
  const content = unseal(metaKey, bytes);
  if (content === null) throw structureDamaged(store.file, 'the checksum of its manifest is wrong');
  return parse(content.toString(), store.file);
}

export async function storeManifest(store: Store, manifest: Manifest): Promise<void> {
  const value = seal(metaKey, Buffer.from(JSON.stringify(manifest)));
  await store.commit([{ values: store.meta, key: metaKey, value }]);
}

function parse(text: string, file: string): Manifest {
  let parsed: Partial<Record<keyof Manifest, unknown>>;
  try {
    parsed = JSON.parse(text) as typeof parsed;
  } catch {
    throw structureDamaged(file, 'it is not JSON');
  }
  const { format, id, createdAtMs, partitions } = parsed;
  if (typeof format === 'number' && format > formatNumber) {
    throw new OfferlockError(
      'DATA_FORMAT_UNSUPPORTED',
      `${file} is of format ${format}, which a newer version of Offerlock wrote; this one knows formats up to ` +
        `${formatNumber}. Nothing was changed; use that version`,
      { details: { file, format, supported: formatNumber } },
    );
  }
  if (
    format !== formatNumber ||
    typeof id !== 'string' ||
    typeof createdAtMs !== 'number' ||
    typeof partitions !== 'number'
  ) {
    throw structureDamaged(file, 'it lacks facts about the directory');
  }
  return { format, id, createdAtMs, partitions };
}
