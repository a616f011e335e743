/*
 * The installation in one process, as a person starts it: what it prints, what it answers, how it ends.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { journeyOf } from '@offerlock/lifecycle/testing';
import { startStandaloneProcess, type StandaloneProcess } from '../support/standalone-process.ts';
import { until } from '../support/until.ts';

let folder: string;
const started: StandaloneProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offerlock-standalone-'));
});

afterEach(async () => {
  for (const { kill } of started) kill('SIGKILL');
  await Promise.all(started.splice(0).map(({ exited }) => exited));
  await rm(folder, { recursive: true });
});

function start(environment: Record<string, string> = {}, ...words: readonly string[]): StandaloneProcess {
  const standalone = startStandaloneProcess({
    directory: join(folder, 'data'),
    environment: { OFFERLOCK_DEMO: 'off', ...environment },
    arguments: words,
  });
  started.push(standalone);
  return standalone;
}

async function stopped(standalone: StandaloneProcess): Promise<void> {
  standalone.kill('SIGTERM');
  expect(await standalone.exited).toEqual({ code: 0, signal: null });
}

async function post(standalone: StandaloneProcess, events: readonly object[]): Promise<Response> {
  return fetch(`${await standalone.url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(events),
  });
}

/** What it says on its way out, and its exit code. */
async function refusal(standalone: StandaloneProcess): Promise<{ code: number | null; told: string }> {
  const { code } = await standalone.exited;
  return { code, told: standalone.errorText() };
}

const chat = journeyOf(['offered', 'accepted'], { tenantId: 'acme', occurredAt: Date.now() - 10_000 });

test('it makes its directory, takes events, folds them, stops in order and knows them when it comes back', async () => {
  const first = start();
  await first.ready();
  expect((await post(first, chat)).status).toBe(202);
  const { tenants, directory } = await first.drained();
  expect(directory.path).toBe(join(folder, 'data'));
  expect(tenants).toMatchObject({ acme: { outcomes: { applied: 2 }, metrics: { offered: 1, accepted: 1 } } });
  await stopped(first);

  const second = start();
  await second.ready();
  const again = await second.overview();
  expect(again.tenants).toEqual(tenants);
  expect(again.series.tenants).toMatchObject({ acme: { offered: expect.any(Array) } });
  const offers = await fetch(`${await second.url}/v1/customers/ann/offers?tenantId=acme`);
  expect(await offers.json()).toMatchObject({
    offers: [{ state: { status: 'accepted' }, standing: 'open' }],
  });
  const found = await fetch(`${await second.url}/v1/customers?prefix=a`);
  expect(await found.json()).toEqual({ customers: [{ tenantId: 'acme', customerId: 'ann' }], more: false });
  await stopped(second);
});

test('simulated visitors come by themselves, and no longer once there are real ones', async () => {
  const first = start({ OFFERLOCK_DEMO: 'auto', OFFERLOCK_DEMO_EVENTS_PER_SECOND: '200' });
  await first.ready();
  expect((await first.overview()).demo.running).toBe(true);
  await until('visitors did something', async () => (await first.overview()).offers > 20);
  expect(Object.keys((await first.overview()).tenants)).toEqual(['demo']);
  await stopped(first);

  const second = start({ OFFERLOCK_DEMO: 'auto' });
  await second.ready();
  expect((await second.overview()).demo.running).toBe(true);
  expect((await post(second, chat)).status).toBe(202);
  await stopped(second);

  const third = start({ OFFERLOCK_DEMO: 'auto' });
  await third.ready();
  expect((await third.overview()).demo.running).toBe(false);
  await stopped(third);
});

test('it serves the page with all that it loads, and nothing else from those folders', async () => {
  const standalone = start();
  const url = await standalone.url;
  const page = await fetch(`${url}/`);
  expect(page.headers.get('content-type')).toMatch(/^text\/html/);
  const html = await page.text();
  const paths = [...html.matchAll(/(?:src|href)="(\/page\/[^"]+)"/g)].map(([, path = '']) => path);
  expect(paths.length).toBeGreaterThan(5);
  for (const path of [...paths, '/page/uplot.js']) {
    const file = await fetch(`${url}${path}`);
    expect({ path, status: file.status }).toEqual({ path, status: 200 });
    const etag = file.headers.get('etag') ?? '';
    expect(file.headers.get('cache-control')).toBe('no-cache');
    await file.arrayBuffer();
    // Without an age of its own, `fetch` would ask for everything anew.
    const headers = { 'if-none-match': etag, 'cache-control': 'max-age=0' };
    const again = await fetch(`${url}${path}`, { headers });
    expect(again.status).toBe(304);
  }
  for (const path of ['tsconfig.json', 'src/page.ts', '.tsbuildinfo', 'route.test.js', '..%2fpackage.json']) {
    expect((await fetch(`${url}/page/${path}`)).status).toBeGreaterThanOrEqual(400);
  }
  await stopped(standalone);
});

test('a stop ends those who listen, and a second signal ends it at once', async () => {
  const standalone = start();
  const stream = await fetch(`${await standalone.url}/v1/stream`);
  const text = stream.text();
  await stopped(standalone);
  expect(await text).toMatch(/^event: overview\ndata: \{/);

  const impatient = start();
  await impatient.ready();
  impatient.kill('SIGINT');
  impatient.kill('SIGINT');
  expect([0, 1]).toContain((await impatient.exited).code);
});

test('a port that is taken is named, with the way out', async () => {
  const first = start();
  const { port } = new URL(await first.url);
  const second = startStandaloneProcess({ directory: join(folder, 'other'), arguments: ['--port', port] });
  started.push(second);

  const { code, told } = await refusal(second);
  expect(code).toBe(1);
  expect(told).toBe(
    `port ${port} of 127.0.0.1 is taken: end the program that uses it, or choose another with --port (OFFERLOCK_HTTP_PORT)\n`,
  );
});

test('a data directory that is in use, or is none, is named in one line', async () => {
  const first = start();
  await first.ready();
  const inUse = await refusal(start());
  expect(inUse.code).toBe(1);
  expect(inUse.told.trimEnd()).not.toContain('\n');
  expect(inUse.told).toContain(join(folder, 'data'));

  const file = join(folder, 'a-file');
  await writeFile(file, 'not a folder');
  const unusable = await refusal(start({}, '--data-dir', file));
  expect(unusable.code).toBe(1);
  expect(unusable.told.trimEnd()).not.toContain('\n');
  expect(unusable.told).toContain(file);
});

test.each([
  [['--port', 'high'], {}, '--port: expected a port'],
  [['--quick'], {}, "unknown option '--quick'"],
  [[], { OFFERLOCK_REOFFER: 'fax=never' }, 'OFFERLOCK_REOFFER: expected one of webchat'],
  [[], { OFFERLOCK_EARLY_GRACE_MS: 'soon' }, 'OFFERLOCK_EARLY_GRACE_MS: expected a whole number'],
])('with %j and %j it does not start, and says why', async (words, environment, reason) => {
  const { code, told } = await refusal(start(environment, ...words));
  expect(code).toBe(2);
  expect(told).toContain(reason);
  expect(told).not.toContain('    at ');
});

test('as text it tells a person where to go, and the help tells the rest', async () => {
  const standalone = start({ OFFERLOCK_LOG_FORMAT: 'text' });
  const lines = () => standalone.logLines.map(({ msg }) => String(msg)).join('\n');
  await until('the banner is there', () => lines().includes('Stop'));
  expect(lines()).toMatch(/Page {2}http:\/\/127\.0\.0\.1:\d+\n {2}Data {2}.*data .*\n {2}Demo {2}off/);
  await stopped(standalone);

  const help = start({}, '--help');
  expect(await help.exited).toEqual({ code: 0, signal: null });
  const told = help.logLines.map(({ msg }) => String(msg)).join('\n');
  for (const word of ['--data-dir', '--no-demo', 'OFFERLOCK_DATA_DIR', 'Ctrl-C'])
    expect(told).toContain(word);
});
