import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import type { OfferDesk } from '@offerlock/projection';
import fc from 'fast-check';
import type { Decision, PromisedOffer } from './decision.ts';
import { releaseOffer } from './release.ts';
import { createTestDecisions, mapOf, policy, rulesOf } from './test-decisions.ts';

/*
 * Several instances decide for one customer while tabs show, answer, release and forget what they were promised, and a
 * projector folds late, in parts, or twice. The scheduler chooses which call of a desk is executed next, so every order
 * of reads and writes may come up. Everything happens within one session, where an offer that was shown stays open until it
 * is over, so no map may be shown twice.
 */

type Step =
  | { readonly kind: 'ask'; readonly decider: 0 | 1; readonly requestId: string | null }
  | { readonly kind: 'show' | 'finish' | 'release'; readonly which: number }
  | { readonly kind: 'let'; readonly calls: number }
  | { readonly kind: 'project'; readonly events: number }
  | { readonly kind: 'again' }
  | { readonly kind: 'look'; readonly decider: 0 | 1 }
  | { readonly kind: 'pass'; readonly ms: number };

const decider = fc.constantFrom(0 as const, 1 as const);
const which = fc.nat({ max: 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('ask' as const),
      decider,
      requestId: fc.constantFrom(null, null, 'r1', 'r2'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('show' as const), which }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('finish' as const), which }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('release' as const), which }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('let' as const), calls: fc.integer({ min: 1, max: 12 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('project' as const), events: fc.nat({ max: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('again' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('look' as const), decider }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      ms: fc.constantFrom(1, 40, 5_000, 20_000, 31_000),
    }),
  },
);

interface TabPromise extends PromisedOffer {
  status: 'promised' | 'shown' | 'finished' | 'released';
}

test('whoever decides, and in whatever order, no map is shown twice and each media type is promised once', async () => {
  let shownInAll = 0;
  let promisedInAll = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(step, { minLength: 20, maxLength: 80 }),
      async (scheduler, steps) => {
        const wrapDesk = (desk: OfferDesk): OfferDesk => ({
          ...desk,
          read: async (...args) => {
            await scheduler.schedule(Promise.resolve(), 'read');
            return desk.read(...args);
          },
          write: async (...args) => {
            await scheduler.schedule(Promise.resolve(), 'write');
            return desk.write(...args);
          },
        });
        const rules = rulesOf([
          mapOf('heavy', { weight: 3 }),
          mapOf('light'),
          mapOf('waits', { activation: { type: 'delay', delayInSeconds: 10 } }),
          mapOf('other', { action: { ...mapOf('other').action, mediaType: 'contentOffer' } }),
        ]);
        const under = await createTestDecisions(rules, { wrapDesk });
        const deciders = [under.decider(), under.decider()] as const;
        const promises = new Map<string, TabPromise>();
        const answers = new Map<string, { readonly text: string; readonly at: number }>();
        const named = new Set<string>();
        const desk = under.projection.desk();
        const running: Promise<void>[] = [];
        const { clock } = under;

        const take = (decision: Decision): void => {
          for (const { actionId } of decision.heldBack) if (actionId !== null) named.add(actionId);
          for (const offer of decision.offers) {
            named.add(offer.actionId);
            const key = `${offer.actionId} ${offer.reservedUntil}`;
            if (promises.has(key)) continue;
            const inTheWay = [...promises.values()].filter(
              ({ mediaType, status, reservedUntil }) =>
                mediaType === offer.mediaType &&
                (status === 'shown' || (status === 'promised' && reservedUntil > clock.now())),
            );
            expect(inTheWay).toEqual([]);
            promises.set(key, { ...offer, status: 'promised' });
            promisedInAll += 1;
          }
        };
        const ask = async (by: 0 | 1, requestId: string | null): Promise<void> => {
          const text = await deciders[by].askText({ requestId });
          const decision = JSON.parse(text) as Decision;
          if (decision.status === 'unavailable') return;
          const before = requestId === null ? undefined : answers.get(requestId);
          const isRepeated = before !== undefined && before.at + policy.leaseMs > clock.now();
          expect(isRepeated ? before.text : text).toBe(text);
          if (requestId !== null && !isRepeated) answers.set(requestId, { text, at: decision.decidedAt });
          take(decision);
        };
        const pick = (index: number): TabPromise | undefined => [...promises.values()].at(-1 - index);

        let passed = 0;
        for (const one of steps) {
          switch (one.kind) {
            case 'ask':
              running.push(ask(one.decider, one.requestId));
              break;
            case 'show': {
              const promised = pick(one.which);
              if (promised?.status !== 'promised' || promised.reservedUntil <= clock.now()) break;
              promised.status = 'shown';
              under.report('offered', promised);
              break;
            }
            case 'finish': {
              const promised = pick(one.which);
              if (promised?.status !== 'shown') break;
              clock.advance(1);
              promised.status = 'finished';
              under.report(promised.mediaType === 'webchat' ? 'rejected' : 'accepted', promised);
              break;
            }
            case 'release': {
              const promised = pick(one.which);
              // A release is repeated at any time, as networks do it.
              if (promised?.status !== 'promised' && promised?.status !== 'released') break;
              promised.status = 'released';
              const { actionId, reservedUntil } = promised;
              await releaseOffer(desk, { customer: 'default/ann', actionId, reservedUntil });
              clock.advance(1);
              break;
            }
            case 'let':
              for (let calls = 0; calls < one.calls && scheduler.count() > 0; calls += 1) {
                await scheduler.waitOne();
                // What the answer leads to happens in later microtasks.
                await turn();
              }
              break;
            case 'project':
              await under.project(one.events);
              break;
            case 'again':
              await under.projectAgain();
              break;
            case 'look':
              await deciders[one.decider].look();
              break;
            case 'pass':
              // A session would be over after half an hour.
              if (passed + one.ms > 1_500_000) break;
              passed += one.ms;
              clock.advance(one.ms);
              break;
          }
        }
        await scheduler.waitFor(Promise.all(running));

        const shown = [...promises.values()].filter(
          ({ status }) => status === 'shown' || status === 'finished',
        );
        shownInAll += shown.length;
        expect(new Set(shown.map(({ actionMapId }) => actionMapId)).size).toBe(shown.length);
        const qualified = under.published.qualified.map(({ actionId }) => actionId);
        expect(new Set(qualified).size).toBe(qualified.length);
        for (const actionId of named) expect(qualified).toContain(actionId);
      },
    ),
    { numRuns: 400 },
  );
  // The law is about something.
  expect(shownInAll).toBeGreaterThan(50);
  expect(promisedInAll).toBeGreaterThan(200);
});
