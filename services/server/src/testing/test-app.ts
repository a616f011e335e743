import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { openAccess } from '../access.ts';
import { createHttpApp, type HttpAppParts } from '../http-app.ts';

/** A service with these routes that is well, on this machine, and asks for no key unless told otherwise. */
export function createTestApp(
  routes: HttpAppParts['routes'],
  parts: Partial<Pick<HttpAppParts, 'access' | 'logger'>> = {},
): Promise<FastifyInstance> {
  return createHttpApp({
    title: 'test',
    description: 'Serves the routes of a test.',
    logger: pino({ level: 'silent' }),
    guard: { host: '127.0.0.1', allowedHosts: [] },
    health: { live: fine, ready: fine, metrics: () => null },
    access: openAccess,
    routes,
    ...parts,
  });
}

const fine = () => ({ healthy: true, detail: 'fine' });
