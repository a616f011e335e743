import type { DecisionQuestion } from '@offerlock/standalone';
import { mapsInForce } from '../action-maps/map-words.ts';
import { hrefOf, type Route } from '../route.ts';
import { decide, explainDecision, getActionMaps, RequestFailed } from '../shared/api.ts';
import { h, setText, show } from '../shared/dom.ts';
import type { Installation, Snapshot } from '../shared/installation.ts';
import { viewHead } from '../shared/parts.ts';
import { chosenTenant } from '../shared/tenant-input.ts';
import type { View } from '../view.ts';
import { questionOf, sameFields, type DecideFields } from './decide-fields.ts';
import { createDecideForm, type Purpose } from './decide-form.ts';
import { createResult, type Result } from './result.ts';
import { verdictSentence } from './verdict.ts';

/** Asks what a site would be answered, and shows what each map was stopped by. */
export function createDecideView(installation: Installation): View {
  const failure = h('p', { class: 'notice', 'data-kind': 'problem', role: 'alert' });
  const summary = h('p', { class: 'verdict', role: 'status' });
  const result = h('div', { class: 'result' });
  let answered: Result | null = null;
  let asking = new AbortController();
  /** Fields of the address that are in the form. */
  let shown: DecideFields | null = null;

  const ask = async (purpose: Purpose, question: DecisionQuestion): Promise<void> => {
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    form.setBusy(true);
    setText(summary, purpose === 'explain' ? 'Asking…' : 'Deciding…');
    try {
      // A decision tells no names, and is not repeated for the sake of them.
      const [answer, names] =
        purpose === 'explain'
          ? [await explainDecision(question, signal), new Map<string, string>()]
          : await Promise.all([decide(question), mapNames(question.tenantId, signal)]);
      if (signal.aborted) return;
      const { nowMs } = installation.snapshot();
      answered = createResult({ purpose, question, answer, names }, titleOf, nowMs);
      answered.render(nowMs);
      show(failure, false);
      setText(summary, verdictSentence(answer, purpose === 'explain'));
      result.replaceChildren(...answered.elements);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof RequestFailed)) throw error;
      answered = null;
      setText(summary, '');
      result.replaceChildren();
      setText(failure, error.message);
      show(failure, true);
    } finally {
      if (!signal.aborted) form.setBusy(false);
    }
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
      answered?.render(snapshot.nowMs);
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
      asking.abort();
    },
  };
}

/** What the maps in force are called, by id; nothing where that cannot be told. */
async function mapNames(tenantId: string, signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
  try {
    const { document } = await getActionMaps(tenantId, signal);
    return new Map(mapsInForce(document).map(({ map }) => [map.id, map.displayName]));
  } catch {
    return new Map();
  }
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
