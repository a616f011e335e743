import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  positionOf,
  type DeskWrite,
  type OfferDesk,
  type PendingOffer,
  type ProjectionStore,
} from '@offerlock/projection';
import { until } from '../support/until.ts';

/** A projection that is ready, and two clients of its desk. */
export interface DeskUnderTest {
  readonly store: ProjectionStore;
  readonly desk: OfferDesk;
  readonly otherDesk: OfferDesk;
  close(): Promise<void>;
}

/** One that somebody can make incomplete. */
export interface UnreadyDeskUnderTest extends DeskUnderTest {
  takeReadyAway(): Promise<void>;
}

let customers = 0;

/** Tests share a projection; each has its own customers. */
const newCustomer = () => `default/customer-${++customers}`;

const nothing: DeskWrite = { put: [], remove: [], answer: null };

export function pendingOffer(offer: Partial<PendingOffer> = {}): PendingOffer {
  const { actionMapId = 'map-1' } = offer;
  return {
    actionMapId,
    actionMapVersion: 1,
    mediaType: 'webchat',
    actionId: `action of ${actionMapId}`,
    sessionId: 'session',
    qualifiedAt: 1_790_000_000_000,
    reserved: { takenAt: 1_790_000_000_000, until: 1_790_000_030_000 },
    ...offer,
  };
}

const answering = (requestId: string, text: string, ttlMs = 60_000) => ({ requestId, text, ttlMs });

/** What every adapter of the desk does alike. */
export function offerDeskContract(adapter: string, open: () => Promise<DeskUnderTest>): void {
  describe(`the contract of the offer desk, on ${adapter}`, () => {
    let under: DeskUnderTest;
    beforeAll(async () => {
      under = await open();
    });
    afterAll(() => under.close());

    /** Folds something, at this offset. */
    const project = async (customer: string, actionMapId: string, offset: bigint): Promise<void> => {
      const write = { stateJson: `{"status":"offered","offset":"${offset}"}`, before: null };
      const key = { customer, actionMapId };
      expect(await under.store.save([{ key, position: positionOf(1, offset), ...write }])).toBe('saved');
    };
    const write = async (customer: string, decided: Partial<DeskWrite>) => {
      const view = await under.desk.read(customer, decided.answer?.requestId ?? null);
      expect(await under.desk.write(customer, view, { ...nothing, ...decided })).toBe('written');
    };
    const pendingOf = async (customer: string) => (await under.otherDesk.read(customer, null)).pending;

    test('of an unknown customer nothing is known', async () => {
      expect(await under.desk.read(newCustomer(), 'request')).toMatchObject({
        ready: true,
        offers: [],
        pending: [],
        answer: null,
      });
    });

    test('what was written is read through every client, exactly', async () => {
      const customer = newCustomer();
      const put = [
        pendingOffer({ actionMapId: 'b', qualifiedAt: null }),
        pendingOffer({ actionMapId: 'a', actionMapVersion: 7, mediaType: 'webcallback', reserved: null }),
      ];
      await write(customer, { put, answer: answering('request', '{"text":"é漢😀\\u0000"}') });
      expect(await under.otherDesk.read(customer, 'request')).toMatchObject({
        pending: [put[1], put[0]],
        answer: '{"text":"é漢😀\\u0000"}',
      });
    });

    test('projected offers are part of the view, in order of their maps', async () => {
      const customer = newCustomer();
      for (const map of ['b', '10', '9', '__proto__', 'a']) await project(customer, map, 5n);
      const { offers } = await under.desk.read(customer, null);
      expect(offers.map(({ actionMapId }) => actionMapId)).toEqual(['10', '9', '__proto__', 'a', 'b']);
      expect(offers[0]?.offer).toMatchObject({
        position: positionOf(1, 5n),
        stateJson: '{"status":"offered","offset":"5"}',
      });
    });

    test('a pending offer replaces the one of its map, and others stay until they are removed', async () => {
      const customer = newCustomer();
      const maps = ['constructor', 'map', '__proto__', 'revision'];
      await write(customer, { put: maps.map((actionMapId) => pendingOffer({ actionMapId })) });
      expect((await pendingOf(customer)).map(({ actionMapId }) => actionMapId)).toEqual([
        '__proto__',
        'constructor',
        'map',
        'revision',
      ]);
      const replacement = pendingOffer({ actionMapId: 'map', actionId: 'another', reserved: null });
      await write(customer, { put: [replacement], remove: ['constructor', '__proto__', 'never there'] });
      expect(await pendingOf(customer)).toEqual([replacement, pendingOffer({ actionMapId: 'revision' })]);
    });

    test('customers do not see what is kept of others', async () => {
      const customer = newCustomer();
      await write(customer, { put: [pendingOffer()], answer: answering('request', 'text') });
      expect(await under.desk.read(newCustomer(), 'request')).toMatchObject({ pending: [], answer: null });
      expect(await under.desk.read(customer, 'another request')).toMatchObject({ answer: null });
      expect(await under.desk.read(customer, null)).toMatchObject({ answer: null });
    });

    test.each<{ what: string; meanwhile: (customer: string) => Promise<unknown> }>([
      { what: 'another write', meanwhile: (customer) => write(customer, nothing) },
      { what: 'a release', meanwhile: (customer) => under.otherDesk.release(customer, 'promised') },
      { what: 'a step of a projected offer', meanwhile: (customer) => project(customer, 'map-2', 9n) },
      { what: 'a first step of another map', meanwhile: (customer) => project(customer, 'map-3', 9n) },
    ])('a view is out of date after $what, and then nothing is written', async ({ meanwhile }) => {
      const customer = newCustomer();
      const promised = pendingOffer({ actionId: 'promised' });
      await project(customer, 'map-2', 3n);
      await write(customer, { put: [promised] });
      const view = await under.desk.read(customer, 'request');
      await meanwhile(customer);
      const before = await under.otherDesk.read(customer, 'request');
      const decided = {
        put: [pendingOffer({ actionMapId: 'map-4' })],
        remove: ['map-1'],
        answer: answering('request', 'text'),
      };
      expect(await under.desk.write(customer, view, decided)).toBe('changed');
      expect(await under.otherDesk.read(customer, 'request')).toEqual(before);
      expect(await under.desk.write(customer, before, decided)).toBe('written');
    });

    test('a view with a projected offer that is gone is out of date', async () => {
      const customer = newCustomer();
      const view = await under.desk.read(customer, null);
      const other = newCustomer();
      await project(other, 'map', 1n);
      const { offers } = await under.desk.read(other, null);
      expect(await under.desk.write(customer, { ...view, offers }, nothing)).toBe('changed');
    });

    test('a state that is saved again at its position changes nothing', async () => {
      const customer = newCustomer();
      await project(customer, 'map', 3n);
      const view = await under.desk.read(customer, null);
      await project(customer, 'map', 3n);
      expect(await under.desk.write(customer, view, nothing)).toBe('written');
    });

    test('a request is answered once, also by decisions that meet', async () => {
      const customer = newCustomer();
      const view = await under.desk.read(customer, 'request');
      await write(customer, { answer: answering('request', 'first') });
      const decided = { ...nothing, answer: answering('request', 'second') };
      expect(await under.desk.write(customer, view, decided)).toBe('changed');
      const later = await under.desk.read(customer, 'request');
      expect(later.answer).toBe('first');
      expect(await under.desk.write(customer, later, decided)).toBe('changed');
      expect((await under.desk.read(customer, 'request')).answer).toBe('first');
    });

    test('answers of several requests stand beside each other', async () => {
      const customer = newCustomer();
      await write(customer, { answer: answering('one', 'first') });
      await write(customer, { answer: answering('other', 'second') });
      expect((await under.desk.read(customer, 'one')).answer).toBe('first');
      expect((await under.desk.read(customer, 'other')).answer).toBe('second');
    });

    test('an answer is forgotten after its time, and the pending offers stay', async () => {
      const customer = newCustomer();
      await write(customer, { put: [pendingOffer()], answer: answering('request', 'text', 30) });
      await until(
        'the answer is gone',
        async () => (await under.desk.read(customer, 'request')).answer === null,
      );
      expect(await pendingOf(customer)).toEqual([pendingOffer()]);
      await write(customer, { answer: answering('request', 'again') });
    });

    test('of many writes on one view exactly one is written', async () => {
      const customer = newCustomer();
      await project(customer, 'map-2', 1n);
      for (let round = 0; round < 5; round += 1) {
        const view = await under.desk.read(customer, null);
        const offers = Array.from({ length: 20 }, (_, at) =>
          pendingOffer({ actionId: `action ${round}-${at}` }),
        );
        const outcomes = await Promise.all(
          offers.map((offer, at) =>
            (at % 2 === 0 ? under.desk : under.otherDesk).write(customer, view, { ...nothing, put: [offer] }),
          ),
        );
        const winners = offers.filter((_, at) => outcomes[at] === 'written');
        expect(winners).toHaveLength(1);
        expect(await pendingOf(customer)).toEqual(winners);
      }
    });

    test('of decisions that read, write and try again all get their turn', async () => {
      const customer = newCustomer();
      const decide = async (desk: OfferDesk, at: number): Promise<void> => {
        for (;;) {
          const view = await desk.read(customer, null);
          const put = [pendingOffer({ actionMapId: `map-${at}` })];
          if ((await desk.write(customer, view, { ...nothing, put })) === 'written') return;
        }
      };
      await Promise.all(
        Array.from({ length: 12 }, (_, at) => decide(at % 2 === 0 ? under.desk : under.otherDesk, at)),
      );
      expect(await pendingOf(customer)).toHaveLength(12);
    });

    test('a release takes the promise back, once, and leaves the rest', async () => {
      const customer = newCustomer();
      const [released, other] = [pendingOffer(), pendingOffer({ actionMapId: 'map-2' })];
      await write(customer, { put: [released, other], answer: answering('request', 'text') });
      expect(await under.otherDesk.release(customer, released.actionId)).toBe(true);
      expect(await under.desk.read(customer, 'request')).toMatchObject({
        pending: [{ ...released, reserved: null }, other],
        answer: 'text',
      });
      expect(await under.desk.release(customer, released.actionId)).toBe(false);
    });

    test('of many releases of one promise exactly one takes it back', async () => {
      const customer = newCustomer();
      await write(customer, { put: [pendingOffer(), pendingOffer({ actionMapId: 'map-2' })] });
      const releases = Array.from({ length: 10 }, (_, at) =>
        (at % 2 === 0 ? under.desk : under.otherDesk).release(customer, 'action of map-1'),
      );
      expect((await Promise.all(releases)).filter(Boolean)).toHaveLength(1);
    });

    test('there is nothing to release of an unknown action, or of one that is held back', async () => {
      const customer = newCustomer();
      await write(customer, { put: [pendingOffer({ reserved: null })] });
      expect(await under.desk.release(customer, 'action of map-1')).toBe(false);
      expect(await under.desk.release(customer, 'unknown')).toBe(false);
      expect(await under.desk.release(newCustomer(), 'action of map-1')).toBe(false);
      expect(await pendingOf(customer)).toEqual([pendingOffer({ reserved: null })]);
    });
  });
}

/** Of adapters whose projection may be incomplete. */
export function unreadyDeskContract(adapter: string, open: () => Promise<UnreadyDeskUnderTest>): void {
  describe(`a projection that is not complete, on ${adapter}`, () => {
    let under: UnreadyDeskUnderTest;
    beforeAll(async () => {
      under = await open();
    });
    afterAll(() => under.close());

    test('stores are told, and tell when it is', async () => {
      expect(await under.store.prepare({ partitions: 4 })).toEqual({ ready: true });
      await under.takeReadyAway();
      expect(await under.store.prepare({ partitions: 4 })).toEqual({ ready: false });
      await under.store.noteReady();
      await under.store.noteReady();
      expect(await under.store.prepare({ partitions: 4 })).toEqual({ ready: true });
    });

    test('a desk says so, and writes nothing', async () => {
      const customer = newCustomer();
      const view = await under.desk.read(customer, null);
      expect(view.ready).toBe(true);
      await under.takeReadyAway();
      const decided = { ...nothing, put: [pendingOffer()] };
      expect(await under.desk.write(customer, view, decided)).toBe('changed');
      expect(await under.otherDesk.read(customer, null)).toEqual({ ...view, ready: false });
      await under.store.noteReady();
      expect(await under.desk.write(customer, view, decided)).toBe('written');
    });
  });
}
