import type { ActionMapsFile, Lifecycles } from '@offerlock/lifecycle';
import { requireSameOrigin } from '@offerlock/server';
import type { FastifyInstance } from 'fastify';
import type { Counters } from '../counters/counters.ts';
import type { DemoTraffic } from '../demo/demo-traffic.ts';
import type { DemoSwitch, Overview, Recent } from '../page-api.ts';
import type { CustomerIndex } from '../ports.ts';
import { findCustomers } from './customers.ts';
import { describeLifecycles } from './lifecycles.ts';
import type { LiveStream } from './live-stream.ts';
import * as routes from './view-schemas.ts';

export interface ViewRoutesParts {
  readonly overview: () => Overview;
  readonly recent: () => Promise<Recent>;
  readonly stream: LiveStream;
  readonly customers: CustomerIndex;
  readonly counters: Counters;
  readonly lifecycles: Lifecycles;
  readonly demo: DemoTraffic;
  /** Action maps to begin with. */
  readonly sampleMaps: ActionMapsFile;
}

/** What the page reads, and its one switch. */
export function viewRoutes(parts: ViewRoutesParts): (http: FastifyInstance) => Promise<void> {
  const { demo, lifecycles } = parts;
  const described = describeLifecycles(lifecycles);
  return async (http) => {
    requireSameOrigin(http);
    http.addHook('onRequest', async (_request, reply) => {
      reply.header('cache-control', 'no-store');
    });

    http.get('/v1/overview', { schema: routes.overviewRoute }, async () => parts.overview());
    http.get('/v1/recent', { schema: routes.recentRoute }, () => parts.recent());
    http.get('/v1/lifecycles', { schema: routes.lifecyclesRoute }, async () => described);

    http.get('/v1/stream', { schema: routes.streamRoute, exposeHeadRoute: false }, (_request, reply) =>
      parts.stream.serve(reply),
    );
    http.addHook('preClose', async () => parts.stream.close());

    http.get<{ Querystring: { tenant?: string; prefix: string; limit: number } }>(
      '/v1/customers',
      { schema: routes.customersRoute },
      async ({ query: { tenant, prefix, limit } }) => {
        const tenants = tenant === undefined ? knownTenants(parts.counters) : [tenant];
        return findCustomers(parts.customers, tenants, prefix, limit);
      },
    );

    http.get('/v1/demo/action-maps', { schema: routes.sampleMapsRoute }, async () => parts.sampleMaps);

    http.put<{ Body: DemoSwitch }>('/v1/demo', { schema: routes.demoRoute }, async ({ body }) => {
      if (body.running) demo.start();
      else await demo.stop();
      return { running: demo.running };
    });
  };
}

function knownTenants(counters: Counters): readonly string[] {
  // The empty text stands for records of nobody, and no id holds the star of all other tenants.
  return Object.keys(counters.tenants())
    .filter((tenant) => /^[A-Za-z0-9_.:@-]+$/.test(tenant))
    .sort();
}
