import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { reportingGraceMs } from './customer-facts.ts';
import { releaseOffer } from './release.ts';
import { createTestDecisions, mapOf, policy, rulesOf, type TestDecisions } from './test-decisions.ts';

const help = rulesOf([mapOf('help')]);
const nobodyOffers = { offers: [] };

describe('a promise', () => {
  test('keeps the offer from everybody else', async () => {
    const under = await createTestDecisions(help);
    const first = await under.decider().ask();
    const reservedUntil = under.clock.now() + policy.leaseMs;
    expect(first).toMatchObject({ status: 'decided', offers: [{ actionMapId: 'help', reservedUntil }] });
    expect(await under.decider().ask()).toMatchObject({ offers: [], heldBack: [{ reason: 'Reserved' }] });
  });

  test('is over when the log is folded beyond its end, whatever the clock says', async () => {
    const under = await createTestDecisions(help);
    const decider = under.decider();
    const first = await decider.ask();
    await moveOn(under, policy.leaseMs - 5_000);
    await decider.look();
    under.clock.advance(10_000);
    expect(await decider.ask()).toMatchObject({ offers: [], heldBack: [{ reason: 'Reserved' }] });

    await under.project();
    await decider.look();
    expect(await decider.ask()).toMatchObject({ offers: [{ actionId: first.offers[0]?.actionId }] });
  });

  test('covers an offer that is in the log and not projected yet', async () => {
    const under = await createTestDecisions(help);
    const decider = under.decider();
    const [offer] = (await decider.ask()).offers;
    if (offer === undefined) throw new Error('nothing was offered');
    under.report('offered', offer);
    under.clock.advance(1_000);
    under.report('rejected', offer);
    under.clock.advance(29_000);
    expect(await decider.ask()).toMatchObject({ ...nobodyOffers, status: 'decided' });

    under.clock.advance(reportingGraceMs);
    await under.project();
    await decider.look();
    expect(await decider.ask()).toMatchObject({ offers: [], heldBack: [{ reason: 'TerminalState' }] });
    const { pending } = await under.projection.desk().read('default/ann', null);
    expect(pending).toEqual([]);
  });

  test('is kept while the report of an offer that was shown at its end may be on its way', async () => {
    const under = await createTestDecisions(help);
    const decider = under.decider();
    await decider.ask();
    under.clock.advance(policy.leaseMs + reportingGraceMs - 1);
    await under.project();
    await decider.look();
    expect((await decider.ask()).offers).toEqual([]);
    under.clock.advance(1);
    await under.project();
    await decider.look();
    expect((await decider.ask()).offers).toHaveLength(1);
  });

  test('does not end early where the clock of a projector is a little ahead', async () => {
    const under = await createTestDecisions(help);
    let aheadMs = 0;
    const surroundings = { foldedThroughMs: () => under.clock.now() + aheadMs, loads: () => new Map() };
    const decider = under.decider({ surroundings });
    await decider.ask();
    under.clock.advance(policy.leaseMs - 1);
    aheadMs = 2_000;
    expect((await decider.ask()).offers).toEqual([]);
  });
});

describe('an action', () => {
  test('is not begun anew by two sessions that ask in turn', async () => {
    const delayed = mapOf('help', { activation: { type: 'delay', delayInSeconds: 20 } });
    const under = await createTestDecisions(rulesOf([delayed]));
    const decider = under.decider();
    const offered: string[] = [];
    for (let question = 0; question < 12; question += 1) {
      const { offers } = await decider.ask({ sessionId: question % 2 === 0 ? 'one' : 'two' });
      offered.push(...offers.map(({ actionId }) => actionId));
      under.clock.advance(2_500);
      await under.project();
      await decider.look();
    }
    expect(under.published.qualified).toHaveLength(1);
    expect(offered).toEqual([under.published.qualified[0]?.actionId]);
  });

  test('whose end waits for its beginning is not offered, even if nobody knows that it qualified', async () => {
    const under = await createTestDecisions(help);
    const decider = under.decider({ output: { qualified: () => undefined, blocked: () => undefined } });
    const [offer] = (await decider.ask()).offers;
    if (offer === undefined) throw new Error('nothing was offered');
    under.report('rejected', offer);
    under.clock.advance(policy.leaseMs + reportingGraceMs);
    await under.project();
    await decider.look();
    expect(await decider.ask()).toMatchObject({ offers: [], heldBack: [{ reason: 'Pending' }] });
  });

  test('begins once, and is published once, however often it is held back', async () => {
    const under = await createTestDecisions(rulesOf([mapOf('a', { weight: 3 }), mapOf('b')]));
    const decider = under.decider();
    const first = await decider.ask();
    under.clock.advance(1_000);
    const second = await decider.ask();
    const held = first.heldBack[0]?.actionId;
    expect(held).toEqual(expect.any(String));
    expect(second.heldBack.find(({ actionMapId }) => actionMapId === 'b')).toMatchObject({ actionId: held });
    expect(new Set(under.published.qualified.map(({ actionId }) => actionId))).toEqual(
      new Set([first.offers[0]?.actionId, held]),
    );
    expect(under.published.qualified).toHaveLength(2);
    expect(under.published.blocked).toMatchObject([
      { actionMapId: 'b', reason: 'MultipleSimultaneousOffers', blockingActionMapId: 'a' },
      { actionMapId: 'b', reason: 'MediaTypeBusy', blockingActionMapId: 'a' },
    ]);
  });

  test('goes on from the time it qualified, before the projection knows of it', async () => {
    const delayed = mapOf('help', { activation: { type: 'delay', delayInSeconds: 10 } });
    const under = await createTestDecisions(rulesOf([delayed]));
    const decider = under.decider();
    const first = await decider.ask();
    expect(first).toMatchObject({ offers: [], heldBack: [{ reason: 'TriggerDateInFuture' }] });
    under.clock.advance(10_000);
    const later = await decider.ask();
    expect(later).toMatchObject({ offers: [{ actionId: first.heldBack[0]?.actionId }] });
    expect(under.published.qualified).toHaveLength(1);
  });
});

const isOver = { status: 'unavailable', offers: [], detail: 'what was answered to this question is over' };

describe('a repeated question', () => {
  test('gets the same text for the time of a lease, and publishes nothing', async () => {
    const under = await createTestDecisions(help);
    const first = await under.decider().askText({ requestId: 'r' });
    under.clock.advance(1_000);
    expect(await under.decider().askText({ requestId: 'r' })).toBe(first);
    expect(under.published.qualified).toHaveLength(1);
    under.clock.advance(29_000);
    expect(await under.decider().askText({ requestId: 'r' })).not.toBe(first);
  });

  test('gets no answer whose promise is over, however late that was written', async () => {
    const under = await createTestDecisions(help);
    under.projection.faults.setDelay(1);
    const late = under.decider().ask({ requestId: 'r' });
    under.clock.advance(1);
    await turn();
    under.clock.advance(20_000);
    expect(await late).toMatchObject({ status: 'unavailable' });
    under.projection.faults.setDelay(0);
    under.clock.advance(15_000);
    await under.project();
    const decider = under.decider();
    expect(await decider.ask({ requestId: 'r' })).toMatchObject(isOver);
    expect(await decider.ask()).toMatchObject({ offers: [{}] });
  });

  test('gets no offer that was shown meanwhile', async () => {
    const under = await createTestDecisions(help);
    const decider = under.decider();
    const [offer] = (await decider.ask({ requestId: 'r' })).offers;
    if (offer === undefined) throw new Error('nothing was offered');
    under.report('offered', offer);
    under.report('rejected', offer);
    await under.project();
    expect(await decider.ask({ requestId: 'r' })).toMatchObject(isOver);
  });

  test('gets no offer that was released and went to somebody else', async () => {
    const under = await createTestDecisions(help);
    const decider = under.decider();
    const [offer] = (await decider.ask({ requestId: 'r' })).offers;
    if (offer === undefined) throw new Error('nothing was offered');
    const { actionId, reservedUntil } = offer;
    await releaseOffer(under.projection.desk(), { customer: 'default/ann', actionId, reservedUntil });
    under.clock.advance(1);
    expect((await decider.ask({ requestId: 'other' })).offers).toHaveLength(1);
    expect(await decider.ask({ requestId: 'r' })).toMatchObject(isOver);
  });

  test('is another question in another session', async () => {
    const under = await createTestDecisions(help);
    const decider = under.decider();
    await decider.ask({ requestId: 'r' });
    under.clock.advance(1);
    expect(await decider.ask({ requestId: 'r', sessionId: 'session-2' })).toMatchObject({
      status: 'decided',
      offers: [],
      heldBack: [{ reason: 'Reserved' }],
    });
  });

  test('is asked anew where it was unavailable', async () => {
    const under = await createTestDecisions(help);
    under.projection.setReady(false);
    const decider = under.decider();
    expect(await decider.ask({ requestId: 'r' })).toMatchObject({ status: 'unavailable', requestId: 'r' });
    under.projection.setReady(true);
    expect(await decider.ask({ requestId: 'r' })).toMatchObject({ status: 'decided', offers: [{}] });
  });
});

describe('nothing is offered', () => {
  const unavailable = { status: 'unavailable', offers: [], heldBack: [] };

  test('while the projection is not complete', async () => {
    const under = await createTestDecisions(help);
    under.projection.setReady(false);
    const answer = await under.decider().ask();
    expect(answer).toMatchObject({ ...unavailable, detail: 'the projection is not complete' });
  });

  test('while the projection is too far behind, until it has caught up', async () => {
    const under = await createTestDecisions(help);
    const decider = under.decider();
    under.clock.advance(policy.projectionLagMaxMs + 1);
    const detail = 'the projection is 30001 ms behind the log';
    expect(await decider.ask()).toMatchObject({ ...unavailable, detail });
    await under.project();
    await decider.look();
    expect(await decider.ask()).toMatchObject({ offers: [{}] });
  });

  test('while the clock of a projector is ahead: promises would end too early', async () => {
    const under = await createTestDecisions(help);
    const ahead = (ms: number) => ({
      foldedThroughMs: () => under.clock.now() + ms,
      loads: () => new Map(),
    });
    const detail = 'the clock of a projector is 2001 ms ahead of ours';
    const answer = await under.decider({ surroundings: ahead(2_001) }).ask();
    expect(answer).toMatchObject({ ...unavailable, detail });
    expect(await under.decider({ surroundings: ahead(2_000) }).ask()).toMatchObject({ offers: [{}] });
  });

  test('while nobody tells how far the projection is', async () => {
    const under = await createTestDecisions(help);
    const surroundings = { foldedThroughMs: () => null, loads: () => new Map() };
    const answer = await under.decider({ surroundings }).ask();
    expect(answer).toMatchObject({ ...unavailable, detail: 'nobody tells how far the projection is' });
  });

  test('while the action maps are being read', async () => {
    const under = await createTestDecisions(help);
    const book = { caughtUp: false, rulesOf: () => help, health: () => ({ healthy: false, detail: '' }) };
    expect(await under.decider({ book }).ask()).toMatchObject(unavailable);
  });

  test('when the projection is away', async () => {
    const under = await createTestDecisions(help);
    under.projection.faults.setUnavailable(true);
    const decider = under.decider();
    expect(await decider.ask()).toMatchObject({
      ...unavailable,
      detail: 'was told to fail to read a customer',
    });
    under.projection.faults.setUnavailable(false);
    expect(await decider.ask()).toMatchObject({ offers: [{}] });
  });

  test('when a promise may not have been kept; and if it was, nobody gets it before its end', async () => {
    const under = await createTestDecisions(help);
    under.projection.faults.failDeskWrite('after');
    const decider = under.decider();
    expect(await decider.ask()).toMatchObject(unavailable);
    expect(await decider.ask()).toMatchObject({ offers: [], heldBack: [{ reason: 'Reserved' }] });
  });

  test('when no answer is there by the deadline, and then nothing more is promised', async () => {
    const under = await createTestDecisions(help);
    under.projection.faults.setDelay(1_000);
    const late = under.decider().ask();
    under.clock.advance(policy.deadlineMs);
    expect(await late).toMatchObject({ ...unavailable, detail: 'no answer within 50 ms' });
    under.projection.faults.setDelay(0);
    under.clock.advance(1_000);
    expect(await under.decider().ask()).toMatchObject({ offers: [{}] });
    expect(under.published.qualified).toHaveLength(1);
  });

  test('to a tenant without action maps', async () => {
    const under = await createTestDecisions(help);
    const book = { caughtUp: true, rulesOf: () => null, health: () => ({ healthy: true, detail: '' }) };
    expect(await under.decider({ book }).ask()).toMatchObject({
      status: 'decided',
      offers: [],
      heldBack: [],
    });
  });
});

/** Lets time go by with a projector that keeps up. */
async function moveOn(under: TestDecisions, ms: number): Promise<void> {
  under.clock.advance(ms);
  await under.project();
}
