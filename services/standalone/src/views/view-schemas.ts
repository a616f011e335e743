import { z } from 'zod';
import { answerOf, jsonSchemaOf, problemAnswerOf } from '@offerlock/server';
import type { DemoSwitch, FoundCustomers, LifecycleDescription, Overview, Recent } from '../page-api.ts';
import { customersMax } from './customers.ts';

/*
 * How the answers of page-api.ts look, for the description of the API. Each is declared to be of the type it describes,
 * so that the two cannot part.
 */

const counts = z.record(z.string(), z.int());
const id = () => z.string();
const timeMs = () => z.number().meta({ description: 'ms since 1970 (UTC)' });
const offset = () => z.string().meta({ description: 'A 64-bit number, decimal' });

const overview: z.ZodType<Overview> = z.object({
  at: timeMs(),
  startedAt: timeMs(),
  directory: z.object({ path: z.string(), createdAt: timeMs(), bytes: z.int() }),
  demo: z.object({ running: z.boolean(), tenant: id(), eventsPerSecond: z.number() }),
  partitions: z.array(
    z.object({
      partition: z.int(),
      start: offset(),
      end: offset(),
      committed: offset(),
      countedFrom: offset(),
      status: z.enum(['idle', 'claimed', 'waiting', 'halted']),
      problem: z.string().nullable(),
    }),
  ),
  eventsPerSecond: z.number(),
  offers: z.int(),
  tenants: z.record(
    z.string(),
    z.object({
      outcomes: counts,
      deadLetters: counts,
      metrics: counts,
      steps: z.record(z.string(), counts),
    }),
  ),
  series: z.object({
    bucketMs: z.int(),
    fromMs: timeMs(),
    tenants: z.record(z.string(), z.record(z.string(), z.array(z.int()))),
  }),
});

const recent: z.ZodType<Recent> = z.object({
  events: z.array(
    z.object({
      partition: z.int(),
      offset: offset(),
      tenantId: id(),
      customerId: id(),
      actionMapId: id(),
      actionId: id(),
      actionMediaType: z.string(),
      actionState: z.string(),
      occurredAt: timeMs(),
      receivedAt: timeMs(),
    }),
  ),
  refused: z.array(
    z.object({
      reason: z.string(),
      detail: z.string(),
      refusedAt: timeMs(),
      partition: z.int(),
      offset: offset(),
      tenantId: id().nullable(),
      customerId: id().nullable(),
      actionMapId: id().nullable(),
      actionState: z.string().nullable(),
    }),
  ),
});

const foundCustomers: z.ZodType<FoundCustomers> = z.object({
  customers: z.array(z.object({ tenantId: id(), customerId: id() })),
  more: z.boolean(),
});

const lifecycles: z.ZodType<readonly LifecycleDescription[]> = z.array(
  z.object({
    mediaType: z.string(),
    title: z.string(),
    states: z.array(z.string()),
    initial: z.array(z.string()),
    terminal: z.array(z.string()),
    metrics: z.array(z.string()),
    transitions: z.record(z.string(), z.array(z.string())),
    retry: z.object({ after: z.string(), with: z.string() }).nullable(),
    reoffer: z.union([
      z.object({ scope: z.enum(['never', 'session']) }),
      z.object({ scope: z.literal('after'), afterMs: z.number() }),
    ]),
  }),
);

const demoSwitch: z.ZodType<DemoSwitch> = z.object({ running: z.boolean() });

const tenant = z.string().min(1).max(128);
const tags = ['views'];

export const overviewRoute = {
  summary: 'Everything at a glance',
  tags,
  response: { 200: answerOf('Counts, rates and places', overview) },
};

export const recentRoute = {
  summary: 'The latest events and dead letters',
  tags,
  response: { 200: answerOf('The newest first', recent) },
};

export const streamRoute = {
  summary: 'Overview and recent as server-sent events',
  description: 'Events `overview` and `recent`, at once and then once a second while something changes.',
  tags,
  response: {
    200: { description: 'Does not end', content: { 'text/event-stream': { schema: { type: 'string' } } } },
    503: problemAnswerOf('Too many listeners'),
  },
};

export const customersRoute = {
  summary: 'Customers whose ids begin so',
  tags,
  querystring: jsonSchemaOf(
    z.object({
      tenant: tenant.optional().meta({ description: 'One tenant; all when absent' }),
      prefix: z.string().max(128).default(''),
      limit: z.int().min(1).max(customersMax).default(20),
    }),
    'input',
  ),
  response: { 200: answerOf('In the order of tenant and id', foundCustomers) },
};

export const lifecyclesRoute = {
  summary: 'The lifecycles in force',
  tags,
  response: { 200: answerOf('By media type', lifecycles) },
};

export const sampleMapsRoute = {
  summary: 'Action maps to begin with',
  description:
    'Those that the demo tenant gets with its first visitors: a file as `POST /v1/action-maps` takes it.',
  tags: ['demo'],
  response: {
    200: answerOf('See `GET /v1/action-maps/schema`', z.looseObject({ actionMaps: z.array(z.unknown()) })),
  },
};

export const demoRoute = {
  summary: 'Switches demo traffic on or off',
  tags: ['demo'],
  body: { content: { 'application/json': { schema: jsonSchemaOf(demoSwitch, 'input') } } },
  response: {
    200: answerOf('As it is now', demoSwitch),
    403: problemAnswerOf('Sent by a page of another site'),
  },
};
