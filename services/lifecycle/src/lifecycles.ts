import type { ActionState } from './event.ts';
import { defineLifecycle, type Lifecycle, type Lifecycles, type ReofferScope } from './lifecycle.ts';

const informational: readonly ActionState[] = [
  'qualifiedOutsideSchedule',
  'offeredOutsideSchedule',
  'frequencyCapReached',
];

const chatSteps = {
  qualified: ['offered'],
  offered: ['accepted', 'rejected', 'ignored', 'timedout', 'errored'],
  accepted: ['started', 'rejected', 'errored'],
  started: ['engaged', 'abandoned', 'errored'],
} as const;

/**
 * Web chat, from the vendor's web chat lifecycle: invitation, form, window before the agent, agent connected. Errored,
 * ignored and timed out have no metric in the standard report.
 */
export const webchat = defineLifecycle({
  mediaType: 'webchat',
  title: 'Web chat',
  initial: ['qualified', 'offered'],
  transitions: chatSteps,
  terminal: ['engaged', 'rejected', 'timedout', 'ignored', 'abandoned'],
  retry: { after: 'errored', with: 'offered' },
  informational,
  untracked: ['completed'],
  metrics: ['qualified', 'offered', 'accepted', 'rejected', 'started', 'engaged', 'abandoned'],
  reoffer: { scope: 'never' },
});

/** A content offer ends with the click on it, so `accepted` locks. It has no timeout. */
export const contentOffer = defineLifecycle({
  mediaType: 'contentOffer',
  title: 'Content offer',
  initial: ['qualified', 'offered'],
  transitions: {
    qualified: ['offered'],
    offered: ['accepted', 'rejected', 'ignored', 'errored'],
  },
  terminal: ['accepted', 'rejected', 'ignored'],
  retry: { after: 'errored', with: 'offered' },
  informational,
  untracked: [],
  metrics: ['qualified', 'offered', 'accepted', 'rejected'],
  reoffer: { scope: 'never' },
});

/**
 * A messaging offer may come again in a later session, even after a rejection. The conversation may begin with or
 * without a visible `started`.
 */
export const webMessagingOffer = defineLifecycle({
  mediaType: 'webMessagingOffer',
  title: 'Web messaging offer',
  initial: ['qualified', 'offered'],
  transitions: {
    qualified: ['offered'],
    offered: ['accepted', 'rejected', 'ignored', 'errored'],
    accepted: ['started', 'engaged', 'abandoned', 'errored'],
    started: ['engaged', 'abandoned', 'errored'],
  },
  terminal: ['rejected', 'ignored', 'engaged', 'abandoned'],
  retry: { after: 'errored', with: 'offered' },
  informational,
  untracked: ['completed'],
  metrics: ['qualified', 'offered', 'accepted', 'rejected', 'started', 'engaged', 'abandoned'],
  reoffer: { scope: 'session' },
});

/** A flow run: the platform launches it or refuses to. The end of one run does not hold back the next. */
export const architectFlow = defineLifecycle({
  mediaType: 'architectFlow',
  title: 'Architect flow',
  initial: ['qualified'],
  transitions: { qualified: ['accepted', 'rejected', 'errored'] },
  terminal: ['accepted', 'rejected', 'errored'],
  retry: null,
  informational,
  untracked: [],
  metrics: ['qualified', 'accepted', 'rejected'],
  reoffer: { scope: 'after', afterMs: 0 },
});

/** A webhook: every qualifying one runs, and only its failure is reported. */
export const integrationAction = defineLifecycle({
  mediaType: 'integrationAction',
  title: 'Integration action',
  initial: ['qualified'],
  transitions: { qualified: ['errored'] },
  terminal: [],
  retry: null,
  informational,
  untracked: [],
  metrics: ['qualified'],
  reoffer: { scope: 'never' },
});

/** A chat of somebody else, relayed by the page: the steps of web chat. */
export const openAction = defineLifecycle({
  ...webchat,
  mediaType: 'openAction',
  title: 'Open action',
});

const all: readonly Lifecycle[] = [
  webchat,
  contentOffer,
  webMessagingOffer,
  architectFlow,
  integrationAction,
  openAction,
];

/** Every lifecycle we know, by media type, with the re-offer scopes that an operator chose instead of the defaults. */
export function lifecyclesWith(reofferScopes: Readonly<Record<string, ReofferScope>> = {}): Lifecycles {
  return new Map(
    all.map((lifecycle) => {
      const reoffer = reofferScopes[lifecycle.mediaType];
      return [
        lifecycle.mediaType,
        reoffer === undefined ? lifecycle : defineLifecycle({ ...lifecycle, reoffer }),
      ];
    }),
  );
}
