import type { FoundCustomers } from '@offerlock/standalone';
import { findCustomers } from '../shared/api.ts';
import { createList, h, setText, show } from '../shared/dom.ts';
import { customerLink, panel, tenantBadge } from '../shared/parts.ts';
import type { View } from '../view.ts';

const shownMax = 24;

/** Where a search begins: what can be searched for, and some customers to look at. */
export function createCustomersView(): View {
  const list = h('ul', { class: 'customer-list' });
  const note = h('p', { class: 'quiet' });
  const items = createList<FoundCustomers['customers'][number]>(
    list,
    ({ tenantId, customerId }) => `${tenantId}/${customerId}`,
    ({ tenantId, customerId }) => ({
      element: h('li', {}, customerLink(tenantId, customerId), tenantBadge(tenantId)),
    }),
  );
  const element = h(
    'div',
    {},
    h('h1', { tabindex: -1 }, 'Customers'),
    h(
      'p',
      { class: 'lede' },
      'Every visitor by id: what was offered, which step came when, and what is locked. Press ',
      h('kbd', {}, '/'),
      ' and type the beginning of an id.',
    ),
    panel('Some customers', { class: 'below-lede', id: 'some-customers' }, null, note, list),
  );

  const loading = new AbortController();
  let loadedFor: string | null | undefined;
  const load = async (tenant: string | null): Promise<void> => {
    try {
      const { customers } = await findCustomers(tenant, '', shownMax, loading.signal);
      items(customers);
      setText(note, customers.length === 0 ? 'No customer is known yet.' : '');
    } catch {
      if (loading.signal.aborted) return;
      loadedFor = undefined;
      setText(note, 'They could not be loaded.');
    }
    show(note, note.textContent !== '');
  };

  return {
    element,
    render(_snapshot, { tenant }) {
      if (loadedFor === tenant) return;
      loadedFor = tenant;
      void load(tenant);
    },
    close: () => {
      loading.abort();
    },
  };
}
