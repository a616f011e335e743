import type { DecisionAnswer, DecisionQuestion, ExplanationAnswer } from '@offerlock/standalone';
import { hrefOf } from '../route.ts';
import { h } from '../shared/dom.ts';
import { panel, timeElement } from '../shared/parts.ts';
import type { Purpose } from './decide-form.ts';
import { gateHeads, gateLegend, mapRow } from './map-row.ts';
import { createOfferPanel } from './offer-panel.ts';
import { verdictsOf } from './verdict.ts';

export interface Answered {
  readonly purpose: Purpose;
  readonly question: DecisionQuestion;
  readonly answer: DecisionAnswer | ExplanationAnswer;
  /** What maps are called, by id; an explanation says it itself. */
  readonly names: ReadonlyMap<string, string>;
}

export interface Result {
  readonly elements: readonly HTMLElement[];
  /** Brings what passes with the time up to date. */
  render(nowMs: number): void;
}

/** An answer below its sentence: what is offered, and how far every map came. */
export function createResult(
  { purpose, question, answer, names }: Answered,
  titleOf: (mediaType: string) => string,
  nowMs: number,
): Result {
  const { tenantId, customerId } = question;
  const verdicts = verdictsOf(answer, names);
  const nameOf = (id: string): string | null =>
    verdicts.find(({ actionMapId }) => actionMapId === id)?.displayName ?? null;
  const offers = answer.offers.map((offer) =>
    createOfferPanel(offer, {
      customer: { tenantId, customerId },
      name: nameOf(offer.actionMapId),
      mediaTypeTitle: titleOf(offer.mediaType),
    }),
  );
  const when = h(
    'p',
    { class: 'quiet' },
    purpose === 'explain' ? 'Explained, without effect, at ' : 'Decided at ',
    timeElement(answer.decidedAt, nowMs),
    '. ',
    h(
      'a',
      { href: hrefOf({ view: 'customer', tenant: null, tenantId, customerId }) },
      'What became of the offers to this customer',
    ),
  );
  const elements = [
    when,
    answer.detail === null ? null : h('p', { class: 'notice' }, `Why: ${answer.detail}.`),
    offers.length === 0
      ? null
      : panel(
          purpose === 'explain' ? 'Would be offered' : 'Is offered',
          { class: 'offered', id: 'offered' },
          null,
          ...offers.map(({ element }) => element),
        ),
    verdicts.length === 0
      ? null
      : panel(
          'Gate by gate',
          { class: 'gate-panel', id: 'gates' },
          gateLegend(),
          gateHeads(),
          h(
            'ol',
            { class: 'map-rows' },
            ...verdicts.map((verdict) => mapRow(verdict, titleOf(verdict.mediaType))),
          ),
        ),
    verdicts.length === 0 && answer.status === 'decided' ? noMaps(tenantId) : null,
  ];
  return {
    elements: elements.filter((element) => element !== null),
    render(now) {
      for (const offer of offers) offer.render(now);
    },
  };
}

function noMaps(tenantId: string): HTMLElement {
  const href = hrefOf({ view: 'actionMaps', tenant: null, tenantId });
  return h(
    'p',
    { class: 'notice' },
    `Tenant “${tenantId}” has no action maps, so there is nothing to offer. `,
    h('a', { href }, 'How to publish some'),
  );
}
