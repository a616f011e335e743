import type { DecisionAnswer, DecisionQuestion, ExplanationAnswer } from '@offerlock/standalone';
import { hrefOf, type Route } from '../route.ts';
import { decide, explainDecision, RequestFailed } from '../shared/api.ts';
import { h, setText, show } from '../shared/dom.ts';
import type { Installation, Snapshot } from '../shared/installation.ts';
import { panel, timeElement, viewHead } from '../shared/parts.ts';
import { chosenTenant } from '../shared/tenant-input.ts';
import type { View } from '../view.ts';
import { questionOf, sameFields, type DecideFields } from './decide-fields.ts';
import { createDecideForm, type Purpose } from './decide-form.ts';
import { gateHeads, mapRow } from './map-row.ts';
import { createOfferPanel, type OfferPanel } from './offer-panel.ts';
import { verdictSentence, verdictsOf } from './verdict.ts';

/** Asks what a site would be answered, and shows what each map was stopped by. */
export function createDecideView(installation: Installation): View {
  const names = new Map<string, string>();
  const failure = h('p', { class: 'notice', 'data-kind': 'problem', role: 'alert' });
  const summary = h('p', { class: 'verdict', role: 'status' });
  const result = h('div', { class: 'result' });
  let offers: readonly OfferPanel[] = [];
  let asking = new AbortController();
  /** Fields of the address that are in the form. */
  let shown: DecideFields | null = null;
  const closing = new AbortController();

  const ask = async (purpose: Purpose, question: DecisionQuestion): Promise<void> => {
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    form.setBusy(true);
    setText(summary, purpose === 'explain' ? 'Asking…' : 'Deciding…');
    try {
      const answer = purpose === 'explain' ? await explainDecision(question, signal) : await decide(question);
      if (signal.aborted || closing.signal.aborted) return;
      show(failure, false);
      showAnswer(answer, question, purpose);
    } catch (error) {
      if (signal.aborted || closing.signal.aborted) return;
      if (!(error instanceof RequestFailed)) throw error;
      setText(summary, '');
      result.replaceChildren();
      setText(failure, error.message);
      show(failure, true);
    }
    form.setBusy(false);
  };

  const showAnswer = (
    answer: DecisionAnswer | ExplanationAnswer,
    question: DecisionQuestion,
    purpose: Purpose,
  ): void => {
    if ('maps' in answer) for (const map of answer.maps) names.set(map.actionMapId, map.displayName);
    const { nowMs } = installation.snapshot();
    const verdicts = verdictsOf(answer, names);
    const { tenantId, customerId } = question;
    offers = answer.offers.map((offer) =>
      createOfferPanel(offer, {
        customer: { tenantId, customerId },
        name: names.get(offer.actionMapId) ?? null,
        mediaTypeTitle: titleOf(offer.mediaType),
      }),
    );
    setText(summary, verdictSentence(answer, purpose === 'explain'));
    result.replaceChildren(
      h(
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
      ),
    );
    if (answer.detail !== null) result.append(h('p', { class: 'notice' }, answer.detail));
    if (offers.length > 0) {
      const title = purpose === 'explain' ? 'Would be offered' : 'Is offered';
      result.append(
        panel(title, { class: 'offered', id: 'offered' }, null, ...offers.map(({ element }) => element)),
      );
    }
    if (verdicts.length > 0) {
      result.append(
        panel(
          'Gate by gate',
          { class: 'gate-panel', id: 'gates' },
          legend(),
          gateHeads(),
          h(
            'ol',
            { class: 'map-rows' },
            ...verdicts.map((verdict) => mapRow(verdict, titleOf(verdict.mediaType))),
          ),
        ),
      );
    } else if (answer.status === 'decided') {
      result.append(noMaps(tenantId));
    }
    for (const offer of offers) offer.render(nowMs);
  };

  const titleOf = (mediaType: string): string =>
    installation.snapshot().lifecycles.find((lifecycle) => lifecycle.mediaType === mediaType)?.title ??
    mediaType;

  const form = createDecideForm((purpose, fields, question) => {
    shown = fields;
    location.hash = hrefOf({ view: 'decide', tenant: tenantShown, fields });
    void ask(purpose, question);
  });
  let tenantShown: string | null = null;
  show(failure, false);
  const element = h(
    'div',
    {},
    viewHead(
      'Decide',
      'Before a site shows an invitation it asks whether it may. Ask the same here: what would this visitor be offered on this page, and what stops the other action maps?',
      null,
    ),
    form.element,
    failure,
    summary,
    result,
  );

  return {
    element,
    render(snapshot, route) {
      if (route.view !== 'decide') return;
      tenantShown = route.tenant;
      form.render(snapshot);
      for (const offer of offers) offer.render(snapshot.nowMs);
      // What is filled in for the reader depends on what the server knows.
      if (snapshot.overview === null || (shown !== null && sameFields(shown, route.fields))) return;
      shown = route.fields;
      const fields = withDefaults(snapshot, route);
      form.fill(fields);
      const asked = questionOf(fields);
      // A link to a customer asks at once; deciding is never done by a link.
      if (route.fields.customerId !== '' && asked.outcome === 'asked') void ask('explain', asked.question);
    },
    close() {
      closing.abort();
      asking.abort();
    },
  };
}

/** So that a reader without an address of their own can ask at once. */
function withDefaults(snapshot: Snapshot, route: Route & { readonly view: 'decide' }): DecideFields {
  const { fields, tenant } = route;
  return {
    ...fields,
    tenantId: fields.tenantId || chosenTenant(snapshot, tenant),
    customerId: fields.customerId || 'visitor-1',
    sessionId: fields.sessionId || 'visit-1',
    url: fields.url || 'https://www.example.com/pricing',
  };
}

function legend(): HTMLElement {
  return h(
    'p',
    { class: 'gate-legend quiet', 'aria-hidden': true },
    h('span', { class: 'gate', 'data-result': 'passed' }),
    ' passed ',
    h('span', { class: 'gate', 'data-result': 'stopped' }),
    ' stopped ',
    h('span', { class: 'gate', 'data-result': 'not-reached' }),
    ' not reached',
  );
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
