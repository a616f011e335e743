import { describe, expect, test } from '@jest/globals';
import { noFields } from './decide/decide-fields.ts';
import { hrefOf, parseRoute, type Route } from './route.ts';

describe('an address', () => {
  test.each<[string, Route]>([
    ['', { view: 'overview', tenant: null }],
    ['#/', { view: 'overview', tenant: null }],
    ['#/?tenant=demo', { view: 'overview', tenant: 'demo' }],
    ['#/customers', { view: 'customers', tenant: null }],
    ['#/customers/demo/a%2Fb', { view: 'customer', tenant: null, tenantId: 'demo', customerId: 'a/b' }],
    ['#/decide', { view: 'decide', tenant: null, fields: noFields }],
    [
      '#/decide?customerId=ann&url=https%3A%2F%2Fa.example%2F%3Fb%3Dc%26d&tenant=shop',
      {
        view: 'decide',
        tenant: 'shop',
        fields: { ...noFields, customerId: 'ann', url: 'https://a.example/?b=c&d' },
      },
    ],
    ['#/action-maps', { view: 'actionMaps', tenant: null, tenantId: null }],
    ['#/action-maps/demo', { view: 'actionMaps', tenant: null, tenantId: 'demo' }],
    ['#/lifecycles', { view: 'lifecycle', tenant: null, mediaType: null }],
    ['#/lifecycles/webchat?tenant=shop', { view: 'lifecycle', tenant: 'shop', mediaType: 'webchat' }],
    ['#/customers/only-a-tenant', { view: 'unknown', tenant: null }],
    ['#/decide/demo', { view: 'unknown', tenant: null }],
    ['#/action-maps/a/b', { view: 'unknown', tenant: null }],
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
    { view: 'actionMaps', tenant: 'x', tenantId: '<b>/?' },
    {
      view: 'decide',
      tenant: 'x',
      fields: {
        tenantId: 'shop',
        customerId: '<b>',
        sessionId: 'a b',
        url: 'https://shop.example/cart?one=1&two=2#top',
        segments: 'returning visitor, vip',
        events: '[{"eventName":"cart & more"}]',
      },
    },
  ])('of a route leads back to it', (route) => {
    expect(parseRoute(hrefOf(route))).toEqual(route);
  });
});
