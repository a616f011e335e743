import { randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
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

export interface Hold {
  /** Greater than that of every process that held the directory before. */
  readonly number: number;
  /** Lets go. Never throws: where it cannot be told, the directory is free once this process has ended. */
  release(): void;
}

/**
 * Makes this process the only one that uses the directory. Who holds it is told by the file in `holders/` with the
 * greatest number. A file is never replaced by another process: whoever finds that the last holder is gone makes the file
 * with the next number, which the file system allows one process only. So there is no moment at which two believe that
 * they hold it, and a holder that was killed is followed at once. A holder may look gone and live: in another container
 * with the same name, or asleep for long on another machine. Then its number, which it must show with every write, is
 * no longer the greatest.
 *
 * Error: `DATA_DIRECTORY_IN_USE`.
 */
export function takeHold(directory: string, label: string): Hold {
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
  const timer = setInterval(() => touch(own), touchEveryMs).unref();
  return {
    number: newest + 1,
    release: () => {
      clearInterval(timer);
      try {
        replace(own, { ...holder, released: true });
      } catch {
        // The disk is full, or the folder is gone.
      }
    },
  };
}

/** Only a sign of life: if it cannot be given, whoever takes the directory over is noticed at the next write. */
function touch(file: string): void {
  try {
    utimesSync(file, new Date(), new Date());
  } catch {
    // The next write tells more than this error could.
  }
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
  writeHolder(temporary, holder);
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
  writeHolder(temporary, holder);
  renameSync(temporary, file);
}

/** On the disk when it returns, so that a loss of power leaves no empty file. */
function writeHolder(file: string, holder: Holder): void {
  const descriptor = openSync(file, 'w');
  try {
    writeFileSync(descriptor, `${JSON.stringify(holder, null, 2)}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** null: the file cannot be read as what we write, so whoever wrote it never finished. */
function readHolder(file: string): Holder | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function requireGone(directory: string, file: string): void {
  const holder = readHolder(file);
  if (holder === null || holder.released) return;
  const isHere = holder.host === ownIdentity().host;
  const isAlive = isHere ? isRunning(holder) : Date.now() - statSync(file).mtimeMs < freshMs;
  if (isAlive) throw inUse(directory, file, isHere ? null : holder.host);
}

function inUse(directory: string, file: string, otherHost: string | null): OfferlockError {
  const { pid, label, since } = readHolder(file) ?? { pid: 0, label: 'unknown', since: 'now' };
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
