import type { ClosedAction } from '@offerlock/lifecycle';
import type { LifecycleDescription } from '@offerlock/standalone';
import { h, type Child } from '../shared/dom.ts';
import { format } from '../shared/format.ts';
import { jsonDetails, stateChip, timeElement } from '../shared/parts.ts';
import {
  lockSentence,
  nextSentence,
  standingLabel,
  stateOf,
  waitingSentence,
  type Offer,
} from './offer-words.ts';
import { timelineOf, type TimelineStep } from './timeline.ts';

/** One action map of a customer: its path, its lock, what is open. Made anew when the offer changes. */
export function createOfferCard(
  offer: Offer,
  lifecycles: readonly LifecycleDescription[],
  nowMs: number,
): HTMLElement {
  const state = stateOf(offer);
  const headingId = `map-${offer.actionMapId}`;
  const lifecycle = lifecycles.find(({ mediaType }) => mediaType === state.mediaType);
  return h(
    'article',
    { class: 'panel offer', 'data-standing': offer.standing, 'aria-labelledby': headingId },
    h(
      'div',
      { class: 'panel-head' },
      h('h2', { class: 'id', id: headingId }, offer.actionMapId),
      h('span', { class: 'standing', 'data-standing': offer.standing }, standingLabel(offer.standing)),
    ),
    h(
      'p',
      { class: 'quiet' },
      [
        lifecycle?.title ?? state.mediaType,
        state.attempt > 1 ? `attempt ${state.attempt}` : null,
        state.timesOffered === 1 ? 'offered once' : `offered ${format.count(state.timesOffered)} times`,
      ]
        .filter((part) => part !== null)
        .join(' · '),
    ),
    lockLine(offer, lifecycle ?? null, nowMs),
    timeline(timelineOf(state), nowMs),
    openPart(offer, lifecycles, nowMs),
    closedPart(state.closed),
    jsonDetails(offer),
  );
}

function lockLine(offer: Offer, lifecycle: LifecycleDescription | null, nowMs: number): Child {
  const state = stateOf(offer);
  const sentence = lockSentence(state, lifecycle);
  if (sentence === null || state.locked === null) return null;
  return h(
    'p',
    { class: 'lock-line' },
    h('span', { class: 'lock', 'aria-hidden': true }),
    h('span', {}, 'Locked since ', timeElement(state.locked.at, nowMs), '. ', sentence),
  );
}

function timeline(steps: readonly TimelineStep[], nowMs: number): Child {
  if (steps.length === 0) return h('p', { class: 'quiet' }, 'No step has been taken yet.');
  return h(
    'ol',
    { class: 'timeline', 'aria-label': 'Steps' },
    ...steps.map((step, index) => {
      const item = h(
        'li',
        { 'data-state': step.state },
        h('span', { class: 'dot', 'aria-hidden': true }),
        h(
          'span',
          { class: 'step-name' },
          stateChip(step.state),
          step.locks ? h('span', { class: 'quiet' }, 'locks') : null,
        ),
        // A day is named once, and again when it changes.
        timeElement(step.at, steps[index - 1]?.at ?? nowMs),
        step.error === null ? null : errorOf(step.error),
        step.untilNextMs === null ? null : untilNext(step.untilNextMs),
      );
      item.style.setProperty('--distance', String(step.distance));
      return item;
    }),
  );
}

function untilNext(ms: number): HTMLElement {
  const text = ms < 0 ? format.duration(ms) : `+${format.duration(ms)}`;
  return h('span', { class: 'until-next', title: 'until the next step' }, text);
}

function errorOf({
  code,
  message,
}: {
  readonly code: string | null;
  readonly message: string | null;
}): Child {
  if (code === null && message === null) return null;
  return h(
    'span',
    { class: 'step-error' },
    code === null ? null : h('code', {}, code),
    code === null ? null : ' ',
    message,
  );
}

function openPart(offer: Offer, lifecycles: readonly LifecycleDescription[], nowMs: number): Child {
  const state = stateOf(offer);
  const waiting = state.early.map((early) =>
    h(
      'li',
      {},
      stateChip(early.event.actionState),
      ` ${waitingSentence(early, state, lifecycles)} (received `,
      timeElement(early.event.receivedAt, nowMs),
      ')',
    ),
  );
  return h(
    'div',
    { class: 'open-part' },
    waiting.length === 0 ? null : h('p', {}, 'Nothing is offered while an event is unexplained:'),
    waiting.length === 0 ? null : h('ul', { class: 'waiting' }, ...waiting),
    offer.standing === 'locked'
      ? null
      : h(
          'p',
          { class: 'next' },
          nextSentence(offer),
          ...offer.next.flatMap((step) => [' ', stateChip(step)]),
        ),
  );
}

function closedPart(closed: readonly ClosedAction[]): Child {
  if (closed.length === 0) return null;
  return h(
    'details',
    {},
    h(
      'summary',
      {},
      closed.length === 1 ? 'One earlier action or attempt' : `${closed.length} earlier actions or attempts`,
    ),
    h(
      'ol',
      { class: 'closed-actions' },
      ...closed.map(({ actionId, visited }) =>
        h(
          'li',
          {},
          h('span', { class: 'closed-path' }, ...visited.map((state) => stateChip(state))),
          h('span', { class: 'id quiet', title: actionId }, actionId),
        ),
      ),
    ),
  );
}
