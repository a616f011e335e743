import { randomUUID } from 'node:crypto';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { OfferlockError } from '@offerlock/lifecycle';
import { isRunning, ownIdentity, type ProcessIdentity } from './process-identity.ts';

export const holdersFolder = 'holders';

/** A holder on another machine shows that it lives by touching its file so often. */
const touchEveryMs = 10_000;
const freshMs = 60_000;
/** So many numbers stay taken, for processes that are slow between looking and taking. */
const kept = 8;

interface Holder extends ProcessIdentity {
  readonly label: string;
  /** ISO 8601. */
  readonly since: string;
  readonly released: boolean;
}

/**
 * Makes this process the only one that uses the directory. Who holds it is told by the file in `holders/` with the
 * greatest number. A file is never replaced by another process: whoever finds that the last holder is gone makes the file
 * with the next number, which the file system allows one process only. So there is no moment at which two believe that
 * they hold it, and a holder that was killed is followed at once.
 *
 * Answers with a function that lets go. Error: `DATA_DIRECTORY_IN_USE`.
 */
export function takeHold(directory: string, label: string): () => void {
  const folder = join(directory, holdersFolder);
  mkdirSync(folder, { recursive: true });
  const holder: Holder = { ...ownIdentity(), label, since: new Date().toISOString(), released: false };
  const [newest = 0] = numbers(folder);
  if (newest > 0) requireGone(directory, fileOf(folder, newest));

  const own = fileOf(folder, newest + 1);
  if (!create(own, holder)) {
    requireGone(directory, own);
    throw inUse(directory, own, null);
  }
  for (const number of numbers(folder)) {
    if (number <= newest + 1 - kept) rmSync(fileOf(folder, number), { force: true });
  }
  const timer = setInterval(() => utimesSync(own, new Date(), new Date()), touchEveryMs).unref();
  return () => {
    clearInterval(timer);
    replace(own, { ...holder, released: true });
  };
}

/** Whether the folder can only have been made by `takeHold`, also when that broke off. */
export function hasHolders(directory: string): boolean {
  const folder = join(directory, holdersFolder);
  return existsSync(folder) && readdirSync(folder).every((name) => /^\d+\.json/.test(name));
}

/** Greatest first. */
function numbers(folder: string): number[] {
  return readdirSync(folder)
    .flatMap((name) => /^(\d+)\.json$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => b - a);
}

const fileOf = (folder: string, number: number) => join(folder, `${number}.json`);

/** false: another process was faster. The file appears with all of its content. */
function create(file: string, holder: Holder): boolean {
  const temporary = `${file}.${randomUUID()}`;
  writeFileSync(temporary, `${JSON.stringify(holder, null, 2)}\n`);
  try {
    linkSync(temporary, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(temporary);
  }
}

function replace(file: string, holder: Holder): void {
  const temporary = `${file}.${randomUUID()}`;
  writeFileSync(temporary, `${JSON.stringify(holder, null, 2)}\n`);
  renameSync(temporary, file);
}

function requireGone(directory: string, file: string): void {
  const holder = JSON.parse(readFileSync(file, 'utf8')) as Holder;
  if (holder.released) return;
  const isHere = holder.host === ownIdentity().host;
  const isAlive = isHere ? isRunning(holder) : Date.now() - statSync(file).mtimeMs < freshMs;
  if (isAlive) throw inUse(directory, file, isHere ? null : holder.host);
}

function inUse(directory: string, file: string, otherHost: string | null): OfferlockError {
  const { pid, label, since } = JSON.parse(readFileSync(file, 'utf8')) as Holder;
  const where = otherHost === null ? '' : ` on the machine ${otherHost}`;
  const advice =
    otherHost === null
      ? 'Stop that process first, or use another directory'
      : `Stop that process first; if the machine is gone, wait ${freshMs / 1_000} s or remove ${file}`;
  return new OfferlockError(
    'DATA_DIRECTORY_IN_USE',
    `the data directory ${directory} is in use by process ${pid}${where} (${label}, since ${since}). ${advice}`,
    { details: { directory, pid, label, since, ...(otherHost === null ? {} : { host: otherHost }) } },
  );
}
