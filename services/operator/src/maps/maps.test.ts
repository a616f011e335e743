import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryLog } from '@offerlock/event-log/memory';
import { createTestApp } from '@offerlock/server/testing';
import { createDecoder, createEncoders, registerSchemas, type ActionMaps } from '@offerlock/schemas';
import { createMemoryRegistry } from '@offerlock/schemas/memory';
import { actionMapRoutes, createRulesBook } from '@offerlock/trigger';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { createTestInstallation } from '../test-installation.ts';

let directory: string;
let file: string;
let url: string;
let stop: () => Promise<void>;
const { offerlock } = createTestInstallation();

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'offerlock-maps-'));
  file = join(directory, 'maps.json');
  const log = createMemoryLog({ partitions: 2 });
  const registry = createMemoryRegistry();
  await registerSchemas(registry, '');
  const encoder = (await createEncoders(registry, '')).actionMaps;
  const decoder = createDecoder<ActionMaps>(registry, { actionMaps: (maps) => maps });
  const logger = pino({ level: 'silent' });
  const book = createRulesBook({ follower: log.follower(), decoder, rules: {}, logger });
  const running = book.run();
  const app = await createTestApp(
    actionMapRoutes({ documents: log.documents(), decoder, encoder, now: () => Date.UTC(2026, 4, 1), book }),
  );
  url = await app.listen({ host: '127.0.0.1', port: 0 });
  stop = async () => {
    await app.close();
    await book.stop();
    await running;
  };
});
afterEach(async () => {
  await stop();
  await rm(directory, { recursive: true });
});

const map = (id: string, version: number, weight: number, actionTargetId: string | null = null) => ({
  id,
  version,
  displayName: `Map ${id}`,
  startDate: '2026-01-01T00:00:00Z',
  weight,
  action: { mediaType: 'webchat', actionTargetId, invitation: { prompt: 'May we help?' } },
});

const write = (content: unknown) =>
  writeFile(file, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
const apply = (flags = '') => offerlock(`maps apply ${file} --url ${url} ${flags}`.trim());

test('a file is applied, shown, and applied again without effect', async () => {
  await write({ actionMaps: [map('help', 1, 2)], frequencyCaps: { webchat: { capOnceRejected: true } } });
  expect(await apply()).toEqual({
    exitCode: 0,
    stdout:
      '+ action map help, version 1\n+ frequency cap webchat\n' +
      '2 changes, 0 unchanged; tenant default is at revision 1.',
    stderr: '',
  });
  expect((await apply()).stdout).toBe('Nothing to change: tenant default has all of it, as revision 1.');

  const { stdout } = await offerlock(`maps show --url ${url}`);
  expect(stdout).toContain('Tenant default, revision 1 of 2026-05-01 00:00:00.000 UTC');
  expect(stdout).toMatch(/help .*webchat/);
  const shown = await offerlock(`maps show help --url ${url}`);
  expect(JSON.parse(shown.stdout)).toMatchObject([{ id: 'help', version: 1, isActive: true }]);
});

test('what is shown as JSON is a file that may be applied', async () => {
  await write({ actionMaps: [map('help', 1, 2)] });
  await apply();
  await write((await offerlock(`maps show --json --url ${url}`)).stdout);
  expect((await apply()).stdout).toContain('Nothing to change');
});

test('a new version is shown with what it changes, and a dry run changes nothing', async () => {
  await write({ actionMaps: [map('help', 1, 2)] });
  await apply();
  await write({ actionMaps: [map('help', 2, 3)] });
  const expected = '+ action map help, version 2\n    weight: 2 -> 3\n';
  expect((await apply('--dry-run')).stdout).toBe(
    `${expected}Dry run: 1 change, 0 unchanged; they would make revision 2 of tenant default.`,
  );
  expect((await apply()).stdout).toBe(`${expected}1 change, 0 unchanged; tenant default is at revision 2.`);
});

test('problems are printed with their line, and nothing is applied', async () => {
  await write({ actionMaps: [map('good', 1, 2), map('bad', 1, 9, 'nobody')] });
  const { exitCode, stdout, stderr } = await apply();
  expect(exitCode).toBe(1);
  expect(stdout).toBe('');
  expect(stderr.split('\n')).toEqual([
    expect.stringMatching(/maps\.json:22:17: \/actionMaps\/1\/weight: expected .*1, 2, 3/),
    `${file}: 1 problem`,
    'Nothing was applied.',
  ]);
  expect((await offerlock(`maps show --url ${url}`)).stdout).toContain('published no action maps');
});

test('without a service a file can be checked', async () => {
  await write({ actionMaps: [map('bad', 1, 2, 'nobody'), { id: 'worse' }] });
  const { exitCode, stderr } = await offerlock(`maps check ${file}`);
  expect(exitCode).toBe(1);
  expect(stderr).toContain(
    '/actionMaps/0/action/actionTargetId: expected an id of actionTargets, which has no nobody',
  );
  // What is missing has no place of its own: the map it belongs to has.
  expect(stderr).toMatch(/maps\.json:17:5: \/actionMaps\/1\/version: expected/);

  await write({ actionMaps: [map('help', 1, 2)] });
  expect(await offerlock(`maps check ${file}`)).toMatchObject({
    exitCode: 0,
    stdout: `${file}: 1 action map, nothing wrong`,
  });
});

test('what is no JSON, or no file, is a wrong call', async () => {
  await write('{\n  "actionMaps": [\n    { "id": "a" "version": 1 }\n  ]\n}');
  const broken = await apply();
  expect(broken.exitCode).toBe(2);
  expect(broken.stderr).toContain(`${file}:3:17: expected JSON: comma expected`);
  expect(await offerlock(`maps check ${directory}/none.json`)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('none.json: cannot be read (ENOENT)'),
  });
});

test('a service that is not there, or is another one, is named', async () => {
  await write({ actionMaps: [] });
  const nobody = await offerlock(`maps apply ${file} --url http://127.0.0.1:1`);
  expect(nobody.exitCode).toBe(1);
  expect(nobody.stderr).toContain('nobody answers at http://127.0.0.1:1');
  expect((await offerlock(`maps show none --url ${url}`)).stderr).toContain('has no action map none');
});
