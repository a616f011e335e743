import { describe, expect, test } from '@jest/globals';
import { hrefOf, parseRoute, type Route } from './route.ts';

describe('an address', () => {
  test.each<[string, Route]>([
    ['', { view: 'overview', tenant: null }],
    ['#/', { view: 'overview', tenant: null }],
    ['#/?tenant=demo', { view: 'overview', tenant: 'demo' }],
    ['#/customers', { view: 'customers', tenant: null }],
    ['#/customers/demo/a%2Fb', { view: 'customer', tenant: null, tenantId: 'demo', customerId: 'a/b' }],
    ['#/lifecycles', { view: 'lifecycle', tenant: null, mediaType: null }],
    ['#/lifecycles/webchat?tenant=shop', { view: 'lifecycle', tenant: 'shop', mediaType: 'webchat' }],
    ['#/customers/only-a-tenant', { view: 'unknown', tenant: null }],
    ['#/nowhere', { view: 'unknown', tenant: null }],
    ['#/customers/a/b/c', { view: 'unknown', tenant: null }],
    ['#/customers/demo/%E0%A4%A', { view: 'unknown', tenant: null }],
  ])('%s is understood', (hash, route) => {
    expect(parseRoute(hash)).toEqual(route);
  });

  test.each<Route>([
    { view: 'overview', tenant: 'a&b=c#d' },
    { view: 'customers', tenant: null },
    { view: 'customer', tenant: 'x', tenantId: '<b>', customerId: '../../?tenant=y#' },
    { view: 'lifecycle', tenant: null, mediaType: 'webchat' },
  ])('of a route leads back to it', (route) => {
    expect(parseRoute(hrefOf(route))).toEqual(route);
  });
});
