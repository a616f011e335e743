import { lifecyclesWith } from '@offerlock/lifecycle';
import type { LifecycleDescription } from '@offerlock/standalone';

/** Every lifecycle there is, described as the server describes it. */
export const allLifecycles: readonly LifecycleDescription[] = [...lifecyclesWith().values()];

export function lifecycleOf(mediaType: string): LifecycleDescription {
  const found = allLifecycles.find((lifecycle) => lifecycle.mediaType === mediaType);
  if (found === undefined) throw new Error(`there is no lifecycle ${mediaType}`);
  return found;
}
