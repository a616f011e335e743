import { h, setAttributes, setText, type Child } from './dom.ts';
import { format } from './format.ts';
import { hrefOf } from '../route.ts';
import { stateLabel } from './words.ts';

/** The heading of a view, what the view is for, and what it is set by. */
export function viewHead(title: string, purpose: string, beside: Child): HTMLElement {
  return h(
    'div',
    { class: 'view-head' },
    h('div', {}, h('h1', { tabindex: -1 }, title), h('p', { class: 'lede' }, purpose)),
    beside,
  );
}

/** A section with a heading, and what stands beside the heading. */
export function panel(
  title: string,
  attributes: { readonly class: string; readonly id: string },
  beside: Child,
  ...children: readonly Child[]
): HTMLElement {
  const headingId = `${attributes.id}-heading`;
  return h(
    'section',
    { ...attributes, class: `panel ${attributes.class}`, 'aria-labelledby': headingId },
    h('div', { class: 'panel-head' }, h('h2', { id: headingId }, title), beside),
    ...children,
  );
}

/** A state by name, with its colour. */
export function stateChip(state: string): HTMLElement {
  return h('span', { class: 'state', 'data-state': state }, stateLabel(state));
}

export function tenantBadge(tenantId: string): HTMLElement {
  return h(
    'span',
    { class: 'tenant', 'data-demo': tenantId === 'demo', title: `Tenant ${tenantId}` },
    tenantId,
  );
}

/** The id of a customer, leading to the customer's path. */
export function customerLink(tenantId: string, customerId: string): HTMLAnchorElement {
  const href = hrefOf({ view: 'customer', tenant: null, tenantId, customerId });
  return h('a', { class: 'id', href, title: customerId }, customerId);
}

/** A time, for a reader near `nowMs`; its tooltip says it in UTC. */
export function timeElement(ms: number, nowMs: number): HTMLTimeElement {
  const utc = format.utc(ms);
  return h(
    'time',
    { title: utc, datetime: utc === '' ? null : new Date(ms).toISOString() },
    format.time(ms, nowMs),
  );
}

/** Sets a count that must fit: shortened from `below` on, and then whole in the tooltip. */
export function setCount(element: Element, count: number, below: number): void {
  setText(element, format.shortCount(count, below));
  setAttributes(element, { title: count < below ? null : format.count(count) });
}

/** Sets how long ago something was. */
export function setAgo(element: HTMLTimeElement, ms: number, nowMs: number): void {
  const utc = format.utc(ms);
  setAttributes(element, { title: utc, datetime: utc === '' ? null : new Date(ms).toISOString() });
  setText(element, format.ago(ms, nowMs));
}

/** An entry of a description list. */
export function fact(name: string, ...value: readonly Child[]): HTMLElement {
  return h('div', {}, h('dt', {}, name), h('dd', {}, ...value));
}

/** Something as it is, for those who want all of it. */
export function jsonDetails(value: unknown): HTMLElement {
  const text = h('pre', { tabindex: 0, 'aria-label': 'JSON' });
  const details = h('details', { class: 'json' }, h('summary', {}, 'As JSON'), text);
  details.addEventListener('toggle', () => {
    text.textContent = details.open ? JSON.stringify(value, null, 2) : '';
  });
  return details;
}
