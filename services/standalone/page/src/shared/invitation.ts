import type { Invitation } from '@offerlock/lifecycle';
import { h } from './dom.ts';

/** An invitation as the visitor reads it. Its answers are only shown, they do nothing. */
export function invitationPreview({ title, prompt, acceptText, declineText }: Invitation): HTMLElement {
  return h(
    'figure',
    { class: 'invitation' },
    h('figcaption', { class: 'hidden' }, 'What the visitor reads'),
    title === '' ? null : h('p', { class: 'invitation-title' }, title),
    h('p', {}, prompt),
    acceptText === '' && declineText === ''
      ? null
      : h(
          'p',
          { class: 'invitation-answers' },
          acceptText === '' ? null : h('span', { class: 'invitation-accept' }, acceptText),
          declineText === '' ? null : h('span', {}, declineText),
        ),
  );
}
