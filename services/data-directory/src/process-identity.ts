import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** What tells a process from every other one, also from a later one with the same number. */
export interface ProcessIdentity {
  readonly host: string;
  readonly pid: number;
  /** When the machine was started; a UUID. null: this system does not tell. */
  readonly bootId: string | null;
  /** When the process was started, in ticks since then. null: this system does not tell. */
  readonly startTicks: string | null;
}

export function ownIdentity(): ProcessIdentity {
  return { host: hostname(), pid: process.pid, bootId: bootId(), startTicks: startTicksOf(process.pid) };
}

/** Whether the process runs on this machine, which must be the one it names. */
export function isRunning({ pid, bootId: boot, startTicks }: ProcessIdentity): boolean {
  if (boot !== bootId()) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Somebody else's process, but a process.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return startTicks === startTicksOf(pid);
}

function bootId(): string | null {
  return readProc('/proc/sys/kernel/random/boot_id')?.trim() ?? null;
}

function startTicksOf(pid: number): string | null {
  const stat = readProc(`/proc/${pid}/stat`);
  // The second field, the name in parentheses, may hold spaces and parentheses; the start time is field 22.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

function readProc(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
