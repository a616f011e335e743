import { fieldsFrom, parametersOf, type DecideFields } from './decide/decide-fields.ts';
import { assertNever } from './shared/assert-never.ts';

/**
 * What the address shows. `tenant` is the tenant whose numbers are shown, null for all of them; it stands behind the
 * path (`#/lifecycles/webchat?tenant=demo`), so that a link shows to others what its sender saw.
 */
export type Route =
  | { readonly view: 'overview'; readonly tenant: string | null }
  | { readonly view: 'customers'; readonly tenant: string | null }
  | {
      readonly view: 'customer';
      readonly tenant: string | null;
      readonly tenantId: string;
      readonly customerId: string;
    }
  /** `fields`: what is asked, as it is typed; those that are missing are empty. */
  | { readonly view: 'decide'; readonly tenant: string | null; readonly fields: DecideFields }
  /** `tenantId` null: not chosen yet. */
  | { readonly view: 'actionMaps'; readonly tenant: string | null; readonly tenantId: string | null }
  | { readonly view: 'lifecycle'; readonly tenant: string | null; readonly mediaType: string | null }
  | { readonly view: 'unknown'; readonly tenant: string | null };

/** Reads the part of an address behind and with `#`. What makes no sense is `unknown`, never an error. */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?', 2);
  const parameters = new URLSearchParams(query);
  const tenant = parameters.get('tenant') || null;
  const parts = decoded(path.split('/').filter((part) => part !== ''));
  if (parts === null) return { view: 'unknown', tenant };
  const [view, first, second, ...rest] = parts;
  if (rest.length > 0) return { view: 'unknown', tenant };
  if (view === undefined) return { view: 'overview', tenant };
  if (view === 'lifecycles' && second === undefined) {
    return { view: 'lifecycle', tenant, mediaType: first ?? null };
  }
  if (view === 'decide' && first === undefined) {
    return { view: 'decide', tenant, fields: fieldsFrom(parameters) };
  }
  if (view === 'action-maps' && second === undefined) {
    return { view: 'actionMaps', tenant, tenantId: first ?? null };
  }
  if (view === 'customers' && first === undefined) return { view: 'customers', tenant };
  if (view === 'customers' && first !== undefined && second !== undefined) {
    return { view: 'customer', tenant, tenantId: first, customerId: second };
  }
  return { view: 'unknown', tenant };
}

/** The address of a route, from `#` on. */
export function hrefOf(route: Route): string {
  const parameters = new URLSearchParams(route.view === 'decide' ? parametersOf(route.fields) : []);
  if (route.tenant !== null) parameters.set('tenant', route.tenant);
  const query = parameters.size === 0 ? '' : `?${parameters.toString()}`;
  switch (route.view) {
    case 'overview':
    case 'unknown':
      return `#/${query}`;
    case 'customers':
      return `#/customers${query}`;
    case 'customer':
      return `#/customers/${encodeURIComponent(route.tenantId)}/${encodeURIComponent(route.customerId)}${query}`;
    case 'decide':
      return `#/decide${query}`;
    case 'actionMaps':
      return route.tenantId === null
        ? `#/action-maps${query}`
        : `#/action-maps/${encodeURIComponent(route.tenantId)}${query}`;
    case 'lifecycle':
      return route.mediaType === null
        ? `#/lifecycles${query}`
        : `#/lifecycles/${encodeURIComponent(route.mediaType)}${query}`;
    default:
      return assertNever(route);
  }
}

function decoded(parts: readonly string[]): readonly string[] | null {
  try {
    return parts.map(decodeURIComponent);
  } catch {
    return null;
  }
}
