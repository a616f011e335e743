import type { CustomerOffers } from '@offerlock/standalone';
import { noFields } from '../decide/decide-fields.ts';
import { hrefOf } from '../route.ts';
import { findCustomers, getCustomerOffers, RequestFailed } from '../shared/api.ts';
import { createList, h, setAttributes, setText, show, type Row } from '../shared/dom.ts';
import { format } from '../shared/format.ts';
import type { Installation, Snapshot } from '../shared/installation.ts';
import { customerLink, tenantBadge } from '../shared/parts.ts';
import type { View } from '../view.ts';
import { createOfferCard } from './offer-card.ts';
import { stateOf, type Offer } from './offer-words.ts';

/** At least so long between two loads; the stream shows only the latest events, so that also the longest wait. */
const reloadMs = 3000;
const reloadSoonMs = 400;

/** Everything known of one customer, kept up to date while it is open. */
export function createCustomerView(installation: Installation, tenantId: string, customerId: string): View {
  const summary = h('p', { class: 'lede' });
  const why = h('a', { href: decisionHref(tenantId, customerId, '') }, 'Why is something (not) offered?');
  const failure = h('p', { class: 'notice', 'data-kind': 'problem', role: 'alert' });
  const cards = h('div', { class: 'offers' });
  const unknown = h('section', { class: 'panel below-lede spaced', 'aria-label': 'Unknown customer' });
  const element = h(
    'div',
    {},
    h('p', { class: 'eyebrow' }, 'Customer ', tenantBadge(tenantId)),
    h('h1', { tabindex: -1, class: 'id' }, customerId),
    summary,
    h('p', { class: 'to-decision' }, why),
    failure,
    unknown,
    cards,
  );
  show(failure, false);
  show(unknown, false);
  setText(summary, 'Loading…');

  const closing = new AbortController();
  let loadedAt = -Infinity;
  let loadedEvents = '';
  let loading = false;
  let searchedElsewhere = false;
  let known: CustomerOffers | null = null;
  let drawnWith: Snapshot['lifecycles'] = [];
  const list = createList<Offer>(
    cards,
    ({ actionMapId }) => actionMapId,
    () => createCard(installation),
  );

  const showUnknown = async (): Promise<void> => {
    setText(summary, 'Nothing is known of this customer.');
    show(unknown, true);
    if (searchedElsewhere) return;
    searchedElsewhere = true;
    const { customers } = await findCustomers(null, customerId, 8, closing.signal).catch(() => ({
      customers: [],
    }));
    const same = customers.filter((found) => found.customerId === customerId && found.tenantId !== tenantId);
    const alike = customers.filter((found) => found.customerId !== customerId);
    unknown.replaceChildren(
      h(
        'p',
        {},
        `No event of tenant “${tenantId}” has this id, or its events are not folded yet. Ids are compared letter by letter. This page shows the customer as soon as an event arrives.`,
      ),
      ...suggestion('The same id is known in another tenant:', same),
      ...suggestion('Ids that begin like this:', alike),
    );
  };

  const showOffers = ({ offers }: CustomerOffers): void => {
    drawnWith = installation.snapshot().lifecycles;
    show(unknown, false);
    setText(summary, summaryOf(offers));
    const latestFirst = [...offers].sort((one, other) => latestOf(other) - latestOf(one));
    const [latest] = latestFirst;
    const sessionId = latest === undefined ? '' : stateOf(latest).sessionId;
    setAttributes(why, { href: decisionHref(tenantId, customerId, sessionId) });
    list(latestFirst);
  };

  const load = async (): Promise<void> => {
    loading = true;
    try {
      const customer = await getCustomerOffers(tenantId, customerId, closing.signal);
      if (closing.signal.aborted) return;
      show(failure, false);
      known = customer;
      if (customer === null) await showUnknown();
      else showOffers(customer);
    } catch (error) {
      if (closing.signal.aborted) return;
      if (!(error instanceof RequestFailed)) throw error;
      setText(failure, `${error.message} What is shown may be out of date.`);
      show(failure, true);
    } finally {
      loading = false;
      loadedAt = performance.now();
    }
  };

  return {
    element,
    render(snapshot) {
      if (known !== null && snapshot.lifecycles !== drawnWith) showOffers(known);
      if (loading) return;
      const events = eventsOf(snapshot, tenantId, customerId);
      const waitMs = events === loadedEvents ? reloadMs : reloadSoonMs;
      if (performance.now() - loadedAt < waitMs) return;
      loadedEvents = events;
      void load();
    },
    close: () => {
      closing.abort();
    },
  };
}

/** A card is replaced when its offer has changed, so that open details stay open while nothing happens. */
function createCard(installation: Installation): Row<Offer> {
  const element = h('div');
  let drawn = '';
  return {
    element,
    update(offer) {
      const { lifecycles, nowMs } = installation.snapshot();
      const now = `${JSON.stringify(offer)} ${lifecycles.length}`;
      if (now === drawn) return;
      drawn = now;
      const opened = [...element.querySelectorAll('details')].map(({ open }) => open);
      element.replaceChildren(createOfferCard(offer, lifecycles, nowMs));
      for (const [index, details] of [...element.querySelectorAll('details')].entries()) {
        details.open = opened[index] ?? false;
      }
    },
  };
}

/** The latest events of the customer, as a text to compare. */
function eventsOf({ recent }: Snapshot, tenantId: string, customerId: string): string {
  return (recent?.events ?? [])
    .filter((event) => event.tenantId === tenantId && event.customerId === customerId)
    .map(({ offset }) => offset)
    .join();
}

function latestOf(offer: Offer): number {
  return stateOf(offer).enteredAt;
}

/** What the customer would be offered now, in the session that was seen last. */
function decisionHref(tenantId: string, customerId: string, sessionId: string): string {
  return hrefOf({
    view: 'decide',
    tenant: null,
    fields: { ...noFields, tenantId, customerId, sessionId },
  });
}

function summaryOf(offers: readonly Offer[]): string {
  const count = (standing: Offer['standing']): number =>
    offers.filter((offer) => offer.standing === standing).length;
  const parts = [
    `${format.count(offers.length)} action ${offers.length === 1 ? 'map' : 'maps'}`,
    count('locked') > 0 ? `${count('locked')} locked` : null,
    count('open') > 0 ? `${count('open')} open` : null,
    count('pending') > 0 ? `${count('pending')} waiting for a missing event` : null,
  ];
  return `${parts.filter((part) => part !== null).join(', ')}.`;
}

function suggestion(
  text: string,
  customers: readonly { tenantId: string; customerId: string }[],
): readonly Node[] {
  if (customers.length === 0) return [];
  return [
    h('p', {}, text),
    h(
      'ul',
      { class: 'customer-list' },
      ...customers.map((found) =>
        h('li', {}, customerLink(found.tenantId, found.customerId), tenantBadge(found.tenantId)),
      ),
    ),
  ];
}
