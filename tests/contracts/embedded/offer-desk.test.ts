import { hash } from 'node:crypto';
import { afterEach, expect, test } from '@jest/globals';
import { OfferlockError } from '@offerlock/lifecycle';
import {
  createEmbeddedAgentBoard,
  createEmbeddedOfferDesk,
  createEmbeddedProjection,
} from '@offerlock/projection/embedded';
import { createDecoder, topicNames } from '@offerlock/schemas';
import { createEmbeddedRegistry } from '@offerlock/schemas/embedded';
import { createDirectoryPlace, type DirectoryPlace } from '../../support/data-directory.ts';
import { agentBoardContract } from '../agent-board.contract.ts';
import { offerDeskContract, pendingOffer } from '../offer-desk.contract.ts';

const partitions = 4;
const dayMs = 24 * 3_600_000;

async function openParts(place: DirectoryPlace, now: () => number = Date.now) {
  const directory = await place.open({ partitions, now });
  const registry = createEmbeddedRegistry(directory);
  const projection = createEmbeddedProjection({
    changelog: directory.compactedTopic(topicNames.offerStates),
    decoder: createDecoder(registry, { offerState: (change) => change }),
    partitions,
    ttlMs: Number.MAX_SAFE_INTEGER,
    now,
  });
  return {
    directory,
    projection,
    desk: () => createEmbeddedOfferDesk({ directory, projection, now }),
    board: () => createEmbeddedAgentBoard({ directory, now }),
  };
}

async function open() {
  const place = await createDirectoryPlace();
  const { directory, projection, desk, board } = await openParts(place);
  return {
    store: projection.store(),
    desk: desk(),
    otherDesk: desk(),
    board: board(),
    otherBoard: board(),
    close: async () => {
      await directory.close();
      await place.remove();
    },
  };
}

offerDeskContract('a data directory', open);
agentBoardContract('a data directory', open);

const places: DirectoryPlace[] = [];
afterEach(async () => {
  for (const place of places.splice(0)) await place.remove();
});

const placeOf = (customer: string) => hash('sha1', customer).slice(0, 3);

/** A directory whose time is moved by hand, and that can be opened again. */
async function begin() {
  const place = await createDirectoryPlace();
  places.push(place);
  let nowMs = Date.UTC(2026, 0, 1);
  const now = () => nowMs;
  return {
    now,
    pass: (ms: number) => {
      nowMs += ms;
    },
    open: () => openParts(place, now),
  };
}

const answer = { requestId: 'request', text: 'text', ttlMs: 30_000 };

test('promises, answers and agents are there when the directory is opened again', async () => {
  const { open: openAgain, now } = await begin();
  const first = await openAgain();
  const desk = first.desk();
  const view = await desk.read('default/ann', null);
  expect(await desk.write('default/ann', view, { put: [pendingOffer()], remove: [], answer })).toBe(
    'written',
  );
  const announcement = {
    tenantId: 'default',
    actionTargetId: 'sales',
    agentsOnQueue: 2,
    until: now() + 60_000,
  };
  await first.board().announce(announcement);
  await first.directory.close();

  const second = await openAgain();
  expect(await second.desk().read('default/ann', 'request')).toEqual({
    ready: true,
    offers: [],
    pending: [pendingOffer()],
    answer: 'text',
    revision: view.revision + 1,
  });
  expect(await second.board().announcements()).toEqual([announcement]);
  await second.directory.close();
});

test('an answer counts until its time, and pending offers for a day without a write', async () => {
  const { open: openParted, pass } = await begin();
  const { directory, desk: newDesk } = await openParted();
  const desk = newDesk();
  const before = await desk.read('default/ann', null);
  await desk.write('default/ann', before, { put: [pendingOffer()], remove: [], answer });
  const view = await desk.read('default/ann', 'request');
  pass(30_000 - 1);
  expect((await desk.read('default/ann', 'request')).answer).toBe('text');
  pass(1);
  expect(await desk.read('default/ann', 'request')).toMatchObject({
    answer: null,
    pending: [pendingOffer()],
  });
  pass(dayMs - 30_000 - 1);
  expect((await desk.read('default/ann', null)).pending).toHaveLength(1);
  pass(1);
  expect((await desk.read('default/ann', null)).pending).toEqual([]);
  expect(await desk.release('default/ann', pendingOffer().actionId)).toBe(false);
  expect(await desk.write('default/ann', view, { put: [], remove: [], answer: null })).toBe('changed');
  await directory.close();
});

test('what is over does not stay on the disk', async () => {
  const { open: openParted, pass } = await begin();
  const { directory, desk: newDesk } = await openParted();
  const desk = newDesk();
  const put = async (customer: string) => {
    const view = await desk.read(customer, null);
    await desk.write(customer, view, { put: [pendingOffer()], remove: [], answer: null });
  };
  // The desk looks for what is over where it writes: customers whose names begin alike when they are hashed.
  const neighbours = Array.from({ length: 40_000 }, (_, at) => `default/c-${at}`).filter(
    (customer) => placeOf(customer) === placeOf('default/c-0'),
  );
  const [first = '', second = '', third = ''] = neighbours;
  await put(first);
  await put('default/elsewhere');
  pass(dayMs / 2);
  await put(second);
  pass(dayMs / 2);
  await put(third);
  const keys = Array.from(directory.table('offer-desk').entries(), ([key]) => key.slice('000/'.length));
  expect(new Set(keys)).toEqual(new Set([second, third, 'default/elsewhere']));
  await directory.close();
});

test('an announcement that is over is removed by the next one', async () => {
  const { open: openParted, pass, now } = await begin();
  const { directory, board: newBoard } = await openParted();
  const board = newBoard();
  const announce = (actionTargetId: string) =>
    board.announce({ tenantId: 'default', actionTargetId, agentsOnQueue: 1, until: now() + 60_000 });
  await announce('sales');
  pass(60_000);
  expect(await board.announcements()).toEqual([]);
  await announce('help');
  expect(Array.from(directory.table('agents').entries(), ([key]) => key)).toEqual(['default/help']);
  await directory.close();
});

test('a disk that fails makes a write fail with the error of a projection, and nothing is promised', async () => {
  const { open: openParted } = await begin();
  const { directory, projection } = await openParted();
  let isBroken = true;
  const desk = createEmbeddedOfferDesk({
    projection,
    directory: {
      ...directory,
      write: async (job) => {
        if (isBroken) throw new OfferlockError('LOG_UNAVAILABLE', 'the disk is full');
        return directory.write(job);
      },
    },
  });
  const view = await desk.read('default/ann', null);
  const decided = { put: [pendingOffer()], remove: [], answer: null };
  await expect(desk.write('default/ann', view, decided)).rejects.toMatchObject({
    code: 'PROJECTION_UNAVAILABLE',
    message: 'the disk is full',
  });
  isBroken = false;
  expect(await desk.write('default/ann', view, decided)).toBe('written');
  await directory.close();
});
