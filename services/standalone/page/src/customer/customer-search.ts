import type { FoundCustomers } from '@offerlock/standalone';
import { findCustomers } from '../shared/api.ts';
import { h, setAttributes, setText, show } from '../shared/dom.ts';
import { tenantBadge } from '../shared/parts.ts';

type Found = FoundCustomers['customers'][number];

export interface CustomerSearch {
  readonly element: HTMLElement;
  focus(): void;
}

const suggestionsMax = 8;
const typingPauseMs = 120;

/**
 * A search box with suggestions: the editable combobox with a list of the ARIA Authoring Practices. `tenant` gives
 * the tenant to search in, null for all; `onChoice` gets the customer that was picked, or typed in full.
 */
export function createCustomerSearch(
  tenant: () => string | null,
  onChoice: (tenantId: string, customerId: string) => void,
): CustomerSearch {
  const input = h('input', {
    id: 'search',
    type: 'search',
    role: 'combobox',
    'aria-expanded': 'false',
    'aria-controls': 'search-list',
    'aria-autocomplete': 'list',
    'aria-keyshortcuts': '/',
    autocomplete: 'off',
    autocapitalize: 'off',
    spellcheck: 'false',
    maxlength: 256,
    placeholder: 'Find a customer',
  });
  const list = h('ul', {
    id: 'search-list',
    role: 'listbox',
    'aria-label': 'Customers',
    class: 'suggestions',
  });
  const status = h('p', { class: 'search-status quiet', role: 'status' });
  const popup = h('div', { class: 'popup' }, list, status);
  const element = h(
    'search',
    { class: 'customer-search' },
    h('label', { class: 'hidden', for: 'search' }, 'Find a customer by id'),
    input,
    h('kbd', { 'aria-hidden': true }, '/'),
    popup,
  );
  show(popup, false);

  let found: readonly Found[] = [];
  let active = -1;
  let running: AbortController | null = null;
  let pause: ReturnType<typeof setTimeout> | undefined;

  const close = (): void => {
    running?.abort();
    clearTimeout(pause);
    show(popup, false);
    active = -1;
    setAttributes(input, { 'aria-expanded': 'false', 'aria-activedescendant': null });
  };

  const choose = ({ tenantId, customerId }: Found): void => {
    close();
    input.value = '';
    onChoice(tenantId, customerId);
  };

  const activate = (index: number): void => {
    active = index;
    for (const [place, option] of [...list.children].entries()) {
      setAttributes(option, { 'aria-selected': String(place === active) });
      if (place === active) option.scrollIntoView({ block: 'nearest' });
    }
    setAttributes(input, { 'aria-activedescendant': active < 0 ? null : `search-option-${active}` });
  };

  const suggest = (customers: readonly Found[], note: string): void => {
    found = customers;
    list.replaceChildren(
      ...customers.map((customer, index) => {
        const option = h(
          'li',
          { id: `search-option-${index}`, role: 'option', 'aria-selected': 'false' },
          h('span', { class: 'id' }, customer.customerId),
          tenantBadge(customer.tenantId),
        );
        option.addEventListener('mousedown', (event) => {
          event.preventDefault();
        });
        option.addEventListener('click', () => {
          choose(customer);
        });
        return option;
      }),
    );
    setText(status, note);
    show(popup, true);
    show(list, customers.length > 0);
    setAttributes(input, { 'aria-expanded': String(customers.length > 0) });
    activate(-1);
  };

  const look = async (): Promise<void> => {
    running?.abort();
    const search = new AbortController();
    running = search;
    const prefix = input.value.trim();
    try {
      const { customers, more } = await findCustomers(tenant(), prefix, suggestionsMax, search.signal);
      if (search.signal.aborted) return;
      suggest(customers, noteOf(customers.length, more, prefix));
    } catch {
      if (!search.signal.aborted) suggest([], 'The search is not available now.');
    }
  };

  const submit = async (): Promise<void> => {
    const picked = found[active];
    if (picked !== undefined && !popup.hidden) {
      choose(picked);
      return;
    }
    const typed = input.value.trim();
    if (typed === '') return;
    const search = new AbortController();
    running?.abort();
    running = search;
    let exact: Found | undefined;
    try {
      const { customers } = await findCustomers(tenant(), typed, suggestionsMax, search.signal);
      exact = customers.find(({ customerId }) => customerId === typed);
    } catch {
      // Its page will say what is wrong.
    }
    choose(exact ?? { tenantId: tenant() ?? 'default', customerId: typed });
  };

  input.addEventListener('input', () => {
    clearTimeout(pause);
    pause = setTimeout(() => void look(), typingPauseMs);
  });
  input.addEventListener('click', () => {
    if (popup.hidden) void look();
  });
  input.addEventListener('blur', close);
  input.addEventListener('keydown', (event) => {
    const { key } = event;
    if (key === 'ArrowDown' || key === 'ArrowUp') {
      event.preventDefault();
      if (popup.hidden) void look();
      else if (found.length > 0) {
        const places = found.length + 1;
        // The box itself is one of the places: from the last suggestion the way leads back to what was typed.
        activate(((active + 1 + (key === 'ArrowDown' ? 1 : -1) + places) % places) - 1);
      }
    } else if (key === 'Enter') {
      event.preventDefault();
      void submit();
    } else if (key === 'Escape') {
      event.preventDefault();
      if (popup.hidden) input.value = '';
      else close();
    }
  });

  return {
    element,
    focus: () => {
      input.focus();
      input.select();
    },
  };
}

function noteOf(count: number, more: boolean, prefix: string): string {
  if (count === 0) return prefix === '' ? 'No customer is known yet.' : 'No id begins like this.';
  if (more) return 'There are more; type on.';
  return count === 1 ? '1 customer' : `${count} customers`;
}
