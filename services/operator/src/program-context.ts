import type { OutputConfiguration } from 'commander';
import type { Clock, Systems, Terminal } from './ports.ts';

/** What the commands are given. */
export interface ProgramContext {
  readonly systems: Systems;
  readonly terminal: Terminal;
  readonly clock: Clock;
  /** Aborted when the person wants the command to end; the long ones look at it. */
  readonly stopSignal: () => AbortSignal;
  readonly output: OutputConfiguration;
  /** Called with false when the command did what it was asked and the answer is no. */
  readonly answered: (yes: boolean) => void;
}
