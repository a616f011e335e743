import { once } from 'node:events';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { afterEach, expect, test } from '@jest/globals';
import { eventOf } from '@offerlock/lifecycle/testing';
import type { Overview, Recent } from '../page-api.ts';
import { listenersMax } from './live-stream.ts';
import { createTestStandalone, stopAll, type TestStandalone } from '../test-standalone.ts';

afterEach(stopAll);

test('a listener is told everything at once, then what changes', async () => {
  const installation = await createTestStandalone();
  const stream = await listen(installation);
  expect(await stream.next()).toMatchObject({ event: 'overview', data: { tenants: {} } });
  expect(await stream.next()).toMatchObject({ event: 'recent', data: { events: [] } });

  await post(installation);
  await installation.caughtUp();
  installation.clock.advance(1_000);
  const overview = (await stream.next()).data as Overview;
  expect(overview.tenants['default']?.outcomes).toEqual({ applied: 1 });
  expect(overview.at).toBe(installation.clock.now());
  const recent = (await stream.next()).data as Recent;
  expect(recent.events).toHaveLength(1);
});

test('while nothing changes there is only a sign of life', async () => {
  const installation = await createTestStandalone();
  const stream = await listen(installation);
  await stream.next();
  await stream.next();
  // The overview changes with every bucket of the series, which are ten seconds long.
  for (let second = 0; second < 9; second += 1) {
    installation.clock.advance(1_000);
    await installation.overview();
  }
  await post(installation);
  await installation.caughtUp();
  installation.clock.advance(1_000);
  expect(await stream.next()).toMatchObject({ event: 'overview', data: { offers: 1 } });
});

test('a later listener is told the present time', async () => {
  const installation = await createTestStandalone();
  const first = await listen(installation);
  await first.next();
  installation.clock.advance(500);
  const second = await listen(installation);
  expect((await second.next()).data).toMatchObject({ at: installation.clock.now() });
});

test('a listener that takes nothing is let go, and the others are told as before', async () => {
  let told = 0;
  const directory = {
    // The first messages are larger than what the system keeps for a connection.
    get path() {
      return told < 2 ? 'x'.repeat(20_000_000) : 'small';
    },
    createdAtMs: 0,
    bytes: () => (told += 1),
  };
  const installation = await createTestStandalone({ directory });
  const { http } = installation.standalone;
  const connections = promisify(http.server.getConnections.bind(http.server));
  const { port } = new URL(http.listeningOrigin);
  const deaf = connect({ host: '127.0.0.1', port: Number(port) });
  deaf.on('error', () => undefined).pause();
  deaf.write('GET /v1/stream HTTP/1.1\r\nhost: localhost\r\n\r\n');
  await once(http.server, 'request');
  const stream = await listen(installation);
  await stream.next();
  const before = await connections();

  for (let second = 0; second < 40; second += 1) {
    installation.clock.advance(1_000);
    await stream.next();
  }
  await expect(until(async () => (await connections()) < before)).resolves.toBeUndefined();
  deaf.destroy();
});

test('listeners are many at most', async () => {
  const installation = await createTestStandalone();
  const streams = await Promise.all(Array.from({ length: listenersMax }, () => listen(installation)));
  const refused = await installation.request('/v1/stream');
  expect(refused.status).toBe(503);
  expect(refused.json()).toMatchObject({ code: 'OVERLOADED' });
  await installation.standalone.stop();
  await Promise.all(streams.map((stream) => stream.end()));
});

test('when it stops, every stream ends', async () => {
  const installation = await createTestStandalone();
  const stream = await listen(installation);
  await stream.next();
  await installation.standalone.stop();
  await expect(stream.end()).resolves.toBeUndefined();
});

async function post({ request }: TestStandalone): Promise<void> {
  await request('/v1/events', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(eventOf('offered')),
  });
}

/** Polls, because the system tells nobody when it has noticed. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    if (await holds()) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
  throw new Error('it does not hold after 500 tries');
}

interface Message {
  readonly event: string;
  readonly data: unknown;
}

interface TestStream {
  /** The next message; comments are passed over. */
  next(): Promise<Message>;
  /** Resolves when the server ends the stream; rejects when the connection breaks. */
  end(): Promise<void>;
}

async function listen({ standalone }: TestStandalone): Promise<TestStream> {
  const response = await fetch(`${standalone.http.listeningOrigin}/v1/stream`);
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(response.headers.get('cache-control')).toBe('no-store');
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined) throw new Error('an answer without a body');
  let text = '';
  const read = async (): Promise<boolean> => {
    const { done, value } = await reader.read();
    text += value ?? '';
    return !done;
  };
  return {
    async next() {
      for (;;) {
        const end = text.indexOf('\n\n');
        if (end === -1) {
          if (!(await read())) throw new Error('the stream has ended');
          continue;
        }
        const [, event = '', data = ''] = /^event: (.*)\ndata: (.*)$/.exec(text.slice(0, end)) ?? [];
        text = text.slice(end + 2);
        if (event !== '') return { event, data: JSON.parse(data) as unknown };
      }
    },
    async end() {
      while (await read());
    },
  };
}
