import type { ActionState } from './event.ts';

/**
 * When a locked map may be offered again, by a new action that began after the lock:
 * - `never`: not at all (the default, from the vendor's web chat lifecycle);
 * - `session`: in another session than the one that locked it;
 * - `after`: once `afterMs` milliseconds have passed since the lock.
 */
export type ReofferScope =
  | { readonly scope: 'never' }
  | { readonly scope: 'session' }
  | { readonly scope: 'after'; readonly afterMs: number };

/** The life of one media type's actions, as data. The fold, the tests and the diagram in the docs all read it. */
export interface Lifecycle {
  readonly mediaType: string;
  /** How a person calls it. */
  readonly title: string;
  /** States that a new action may begin with. */
  readonly initial: readonly ActionState[];
  /** Legal next states within one attempt. A state without an entry has none. */
  readonly transitions: { readonly [From in ActionState]?: readonly ActionState[] };
  /** States that lock the map. */
  readonly terminal: readonly ActionState[];
  /** The step that opens a further attempt of the same action; null if there is none. */
  readonly retry: { readonly after: ActionState; readonly with: ActionState } | null;
  /** States that are counted (with extended metrics) but never become the status. */
  readonly informational: readonly ActionState[];
  /** States that are only counted as seen. */
  readonly untracked: readonly ActionState[];
  /** States that yield a metric by default; with extended metrics on, every state does but the untracked ones. */
  readonly metrics: readonly ActionState[];
  readonly reoffer: ReofferScope;
}

/** The lifecycles in force, by media type. */
export type Lifecycles = ReadonlyMap<string, Lifecycle>;
