import type { Lifecycles } from '@offerlock/lifecycle';
import type { LifecycleDescription } from '../page-api.ts';

/** The lifecycles in force, as data. */
export function describeLifecycles(lifecycles: Lifecycles): readonly LifecycleDescription[] {
  return [...lifecycles.values()].map(
    ({ mediaType, title, states, initial, terminal, metrics, transitions, retry, reoffer }) => ({
      mediaType,
      title,
      states,
      initial,
      terminal,
      metrics,
      transitions: Object.fromEntries(states.map((state) => [state, transitions[state] ?? []])),
      retry,
      reoffer,
    }),
  );
}
