import type { DecisionAnswer } from '@offerlock/standalone';
import { releaseOffer, RequestFailed } from '../shared/api.ts';
import { button, h, setAttributes, setText, show } from '../shared/dom.ts';
import { format } from '../shared/format.ts';
import { invitationPreview } from '../shared/invitation.ts';
import { fact } from '../shared/parts.ts';

type Offer = DecisionAnswer['offers'][number];

export interface OfferPanel {
  readonly element: HTMLElement;
  render(nowMs: number): void;
}

/** What is offered, as the visitor reads it; a promise can be taken back. */
export function createOfferPanel(
  offer: Offer,
  parts: {
    readonly customer: { readonly tenantId: string; readonly customerId: string };
    readonly name: string | null;
    readonly mediaTypeTitle: string;
  },
): OfferPanel {
  const { actionId, reservedUntil } = offer;
  const promise = h('p', { class: 'promise', role: 'status', tabindex: -1 });
  const failure = h('p', { class: 'failure', role: 'alert' });
  const release = button({ class: 'plain' }, 'Release', () => void takeBack());
  let released: string | null = null;
  show(failure, false);

  const takeBack = async (): Promise<void> => {
    if (actionId === null || release.ariaDisabled === 'true') return;
    setAttributes(release, { 'aria-disabled': 'true' });
    show(failure, false);
    try {
      released = (await releaseOffer(actionId, parts.customer))
        ? 'Released: it may be offered again.'
        : 'There was nothing to release any more.';
      setText(promise, released);
      // The button goes, and whoever pressed it goes on from here.
      promise.focus();
      show(release, false);
    } catch (error) {
      setText(
        failure,
        `It could not be released. ${error instanceof RequestFailed ? error.message : String(error)}`,
      );
      show(failure, true);
    }
    setAttributes(release, { 'aria-disabled': null });
  };

  const headingId = `offer-${offer.actionMapId}`;
  const element = h(
    'article',
    { class: 'offered-map', 'aria-labelledby': headingId },
    invitationPreview(offer.invitation),
    h(
      'div',
      { class: 'spaced' },
      h('h3', { id: headingId }, parts.name ?? h('span', { class: 'id' }, offer.actionMapId)),
      h(
        'dl',
        { class: 'facts' },
        fact(
          'Action map',
          h('span', { class: 'id' }, offer.actionMapId),
          ` version ${offer.actionMapVersion}`,
        ),
        fact('Media type', parts.mediaTypeTitle),
        offer.actionTargetId === null
          ? null
          : fact('Goes to', h('span', { class: 'id' }, offer.actionTargetId)),
        actionId === null || reservedUntil === null
          ? null
          : fact('Action', h('span', { class: 'id', 'data-action-id': actionId }, actionId)),
      ),
      reservedUntil === null ? null : h('div', { class: 'promise-line' }, promise, release),
      failure,
    ),
  );
  return {
    element,
    render(nowMs) {
      if (reservedUntil === null || released !== null) return;
      const leftMs = reservedUntil - nowMs;
      show(release, leftMs > 0);
      setText(
        promise,
        leftMs > 0
          ? `Promised for another ${format.duration(Math.max(1, Math.floor(leftMs / 1000)) * 1000)}: no other tab of this visitor gets it meanwhile.`
          : 'The promise is over: the offer was shown meanwhile, or it may be made again.',
      );
    },
  };
}
