import type { LifecycleDescription, Overview, Recent } from '@offerlock/standalone';
import type { Route } from './route.ts';
import type { Totals } from './shared/counts.ts';
import type { Snapshot } from './shared/installation.ts';

/** What fills the page below its head. */
export interface View {
  readonly element: HTMLElement;
  /** Brings the element up to date; called often, so it changes only what differs. */
  render(snapshot: Snapshot, route: Route): void;
  /** Ends what the view has running. */
  close?(): void;
}

/** The numbers that the parts of the overview show. */
export interface Numbers {
  readonly overview: Overview;
  readonly recent: Recent;
  readonly lifecycles: readonly LifecycleDescription[];
  /** The tenant chosen; null for all. */
  readonly tenant: string | null;
  /** Of the tenant chosen. */
  readonly totals: Totals;
  /** The server's time, in ms. */
  readonly nowMs: number;
}

/** A part of the overview. */
export interface Panel {
  readonly element: HTMLElement;
  render(numbers: Numbers): void;
}
