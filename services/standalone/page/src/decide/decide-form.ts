import type { DecisionQuestion } from '@offerlock/standalone';
import { findCustomers } from '../shared/api.ts';
import { button, h, setAttributes, setText, show, type Child } from '../shared/dom.ts';
import type { Snapshot } from '../shared/installation.ts';
import { createTenantSuggestions } from '../shared/tenant-input.ts';
import { fieldNames, mapFields, questionOf, type DecideFields } from './decide-fields.ts';

/** What the form is sent for: to explain, without effect, or to decide, which promises what is offered. */
export type Purpose = 'explain' | 'decide';

export interface DecideForm {
  readonly element: HTMLElement;
  fields(): DecideFields;
  fill(fields: DecideFields): void;
  /** Brings the suggestions up to date. */
  render(snapshot: Snapshot): void;
  /** While an answer is awaited, nothing more is asked. */
  setBusy(busy: boolean): void;
}

const customersMax = 8;
const typingPauseMs = 120;
const idPattern = '[A-Za-z0-9_.:@\\-]{1,128}';
const idTitle = '1 to 128 characters of A-Z a-z 0-9 _ . : @ -';
const eventExample = `[{ "streamType": "Web", "sessionType": "web", "eventName": "cart_changed",
   "attributes": { "total": 120 } }]`;

/** Asks what a site asks: who, in which session, on which page, with which segments and events. */
export function createDecideForm(
  onAsk: (purpose: Purpose, fields: DecideFields, question: DecisionQuestion) => void,
): DecideForm {
  const id = { required: true, pattern: idPattern, title: idTitle, maxlength: 128 };
  const inputs = {
    tenantId: input('tenantId', { ...id, list: 'decide-tenants' }),
    customerId: input('customerId', { ...id, list: 'decide-customers' }),
    sessionId: input('sessionId', id),
    url: input('url', { required: true, maxlength: 2048, inputmode: 'url' }),
    segments: input('segments', { 'aria-describedby': 'decide-segments-note' }),
    events: h('textarea', {
      ...plain,
      id: 'decide-events',
      rows: 3,
      'aria-describedby': 'decide-events-note',
    }),
  };
  const tenants = createTenantSuggestions('decide-tenants');
  const customers = h('datalist', { id: 'decide-customers' });
  const problem = h('p', { class: 'failure', role: 'alert' });
  show(problem, false);
  const explain = h(
    'button',
    { type: 'submit', class: 'main-action', 'aria-describedby': 'explain-note' },
    'Explain',
  );
  const decide = button({ class: 'plain real', 'aria-describedby': 'decide-note' }, 'Decide', () => {
    ask('decide');
  });
  const more = h(
    'details',
    { class: 'more-fields' },
    h('summary', {}, 'Segments and events'),
    h(
      'div',
      { class: 'fields' },
      field('Segments', inputs.segments, note('decide-segments-note', 'Separated by commas.')),
      field(
        'Events of the customer',
        inputs.events,
        note('decide-events-note', 'A JSON list, such as ', h('code', {}, eventExample)),
      ),
    ),
  );
  const form = h(
    'form',
    { class: 'panel decide-form', 'aria-label': 'What a site asks', autocomplete: 'off' },
    h(
      'div',
      { class: 'fields fields-short' },
      field('Tenant', inputs.tenantId, tenants.element),
      field('Customer id', inputs.customerId, customers),
      field('Session id', inputs.sessionId),
    ),
    h('div', { class: 'fields' }, field('Address of the page', inputs.url)),
    more,
    problem,
    h(
      'div',
      { class: 'purposes' },
      h('p', {}, explain, note('explain-note', 'Shows what would be offered. Nothing changes.')),
      h(
        'p',
        {},
        decide,
        note(
          'decide-note',
          'Asks as the site does: an offer is promised to this visitor, and its qualification is published.',
        ),
      ),
    ),
  );

  const fields = (): DecideFields => mapFields((name) => inputs[name].value.trim());
  let busy = false;
  const ask = (purpose: Purpose): void => {
    if (busy || !form.reportValidity()) return;
    const typed = fields();
    const asked = questionOf(typed);
    show(problem, asked.outcome === 'wrong');
    if (asked.outcome === 'wrong') {
      setText(problem, asked.problem);
      more.open = true;
      inputs.events.focus();
      return;
    }
    onAsk(purpose, typed, asked.question);
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    ask('explain');
  });
  suggestCustomers(inputs.tenantId, inputs.customerId, customers);

  return {
    element: form,
    fields,
    fill(given) {
      for (const name of fieldNames) inputs[name].value = given[name];
      if (given.segments !== '' || given.events !== '') more.open = true;
    },
    render: (snapshot) => {
      tenants.render(snapshot);
    },
    setBusy(now) {
      busy = now;
      // Not `disabled`: that would take the focus away from whoever has just pressed it.
      for (const one of [explain, decide]) setAttributes(one, { 'aria-disabled': busy ? 'true' : null });
    },
  };
}

const plain = { autocapitalize: 'off', spellcheck: 'false' } as const;

function input(
  name: keyof DecideFields,
  attributes: Readonly<Record<string, string | number | boolean>>,
): HTMLInputElement {
  return h('input', { ...plain, id: `decide-${name}`, type: 'text', ...attributes });
}

function field(label: string, control: HTMLElement, ...beside: readonly Child[]): HTMLElement {
  return h('div', { class: 'field' }, h('label', { for: control.id }, label), control, ...beside);
}

function note(id: string, ...text: readonly Child[]): HTMLElement {
  return h('span', { class: 'field-note', id }, ...text);
}

/** Ids that begin as what is typed, as suggestions of the browser. */
function suggestCustomers(tenant: HTMLInputElement, customer: HTMLInputElement, list: HTMLElement): void {
  let running = new AbortController();
  let pause: ReturnType<typeof setTimeout> | undefined;
  const look = async (): Promise<void> => {
    running.abort();
    running = new AbortController();
    const { signal } = running;
    try {
      const found = await findCustomers(
        tenant.value.trim() || null,
        customer.value.trim(),
        customersMax,
        signal,
      );
      if (signal.aborted) return;
      list.replaceChildren(...found.customers.map(({ customerId }) => h('option', { value: customerId })));
    } catch {
      // Without suggestions an id can still be typed.
    }
  };
  const lookSoon = (): void => {
    clearTimeout(pause);
    pause = setTimeout(() => void look(), typingPauseMs);
  };
  customer.addEventListener('input', lookSoon);
  customer.addEventListener('focus', lookSoon);
}
