import { createAbout } from './about.ts';
import { createActionMapsView } from './action-maps/action-maps-view.ts';
import { createConnectionBadge } from './connection-badge.ts';
import { createCustomerSearch } from './customer/customer-search.ts';
import { createCustomerView } from './customer/customer-view.ts';
import { createCustomersView } from './customer/customers-view.ts';
import { noFields } from './decide/decide-fields.ts';
import { createDecideView } from './decide/decide-view.ts';
import { createLifecycleView } from './lifecycle/lifecycle-view.ts';
import { createOverviewView } from './overview/overview-view.ts';
import { hrefOf, parseRoute, type Route } from './route.ts';
import { assertNever } from './shared/assert-never.ts';
import { h, setAttributes } from './shared/dom.ts';
import { followInstallation } from './shared/installation.ts';
import type { View } from './view.ts';

/*
 * The page as a whole: its head, one view at a time below it, and the foot. Where to look for what: overview/,
 * customer/, decide/, action-maps/ and lifecycle/ hold the views, shared/ what they have in common.
 */

/** Links of the head: where they lead, and the views in which they are current. */
const links: readonly (readonly [id: string, to: Route, views: readonly Route['view'][]])[] = [
  ['to-overview', { view: 'overview', tenant: null }, ['overview']],
  ['to-customers', { view: 'customers', tenant: null }, ['customers', 'customer']],
  ['to-decide', { view: 'decide', tenant: null, fields: noFields }, ['decide']],
  ['to-action-maps', { view: 'actionMaps', tenant: null, tenantId: null }, ['actionMaps']],
  ['to-lifecycles', { view: 'lifecycle', tenant: null, mediaType: null }, ['lifecycle']],
];

const installation = followInstallation();
const main = required('main');
const badge = createConnectionBadge();
const about = createAbout();
let route = parseRoute(location.hash);
/** Whose numbers were chosen last: kept while a customer is looked at. */
let { tenant } = route;
let view: View = viewFor(route);

const search = createCustomerSearch(
  () => tenant,
  (tenantId, customerId) => {
    location.hash = hrefOf({ view: 'customer', tenant: null, tenantId, customerId });
  },
);
required('head-search').replaceWith(search.element);
required('head-connection').replaceWith(badge.element);
required('foot').append(about.element);
required('skip').addEventListener('click', (event) => {
  // The part behind # is our route, so the link cannot do it.
  event.preventDefault();
  focusHeading();
});
document.addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  event.preventDefault();
  search.focus();
});
addEventListener('hashchange', () => {
  const before = route;
  route = parseRoute(location.hash);
  if (route.view !== 'customer') ({ tenant } = route);
  if (isSameView(before, route)) {
    render();
    return;
  }
  view.close?.();
  view = viewFor(route);
  open();
  scrollTo(0, 0);
  focusHeading();
});
installation.onChange(render);
open();

function open(): void {
  document.title = `${titleOf(route)} · Offerlock`;
  main.replaceChildren(view.element);
  render();
}

function render(): void {
  const snapshot = installation.snapshot();
  badge.render(snapshot.connection);
  setAttributes(document.body, { 'data-connection': snapshot.connection });
  about.render(snapshot.overview, snapshot.nowMs);
  for (const [id, to, views] of links) {
    setAttributes(required(id), {
      href: hrefOf({ ...to, tenant }),
      'aria-current': views.includes(route.view) ? 'page' : null,
    });
  }
  view.render(snapshot, route);
}

function viewFor(shown: Route): View {
  switch (shown.view) {
    case 'overview':
      return createOverviewView();
    case 'customers':
      return createCustomersView();
    case 'customer':
      return createCustomerView(installation, shown.tenantId, shown.customerId);
    case 'decide':
      return createDecideView(installation);
    case 'actionMaps':
      return createActionMapsView(installation);
    case 'lifecycle':
      return createLifecycleView();
    case 'unknown':
      return createUnknownView();
    default:
      return assertNever(shown);
  }
}

function createUnknownView(): View {
  const element = h(
    'div',
    {},
    h('h1', { tabindex: -1 }, 'There is nothing here'),
    h('p', { class: 'lede' }, 'This address leads to no view. ', h('a', { href: '#/' }, 'To the overview')),
  );
  return { element, render: () => undefined };
}

function titleOf(shown: Route): string {
  switch (shown.view) {
    case 'overview':
      return 'Overview';
    case 'customers':
      return 'Customers';
    case 'customer':
      return shown.customerId;
    case 'decide':
      return shown.fields.customerId === '' ? 'Decide' : `Decide for ${shown.fields.customerId}`;
    case 'actionMaps':
      return 'Action maps';
    case 'lifecycle':
      return shown.mediaType === null ? 'Lifecycles' : `Lifecycle ${shown.mediaType}`;
    case 'unknown':
      return 'Nothing here';
    default:
      return assertNever(shown);
  }
}

/** A view that stays is brought up to date by its `render`, and keeps what the reader has typed and opened. */
function isSameView(one: Route, other: Route): boolean {
  if (one.view === 'decide' || one.view === 'actionMaps') return one.view === other.view;
  return hrefOf({ ...one, tenant: null }) === hrefOf({ ...other, tenant: null }) && one.view === other.view;
}

function focusHeading(): void {
  main.querySelector('h1')?.focus();
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLInputElement ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement
  );
}

function required(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`index.html has no element #${id}`);
  return element;
}
