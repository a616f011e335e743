import { describe, expect, test } from '@jest/globals';
import { offerGates, type OfferGate } from '@offerlock/lifecycle';
import type { DecisionAnswer, ExplanationAnswer } from '@offerlock/standalone';
import { verdictsOf, verdictSentence } from './verdict.ts';

const map = (actionMapId: string) => ({ actionMapId, actionMapVersion: 1, mediaType: 'webchat' });
const invitation = { title: '', prompt: 'May we help?', acceptText: '', declineText: '' };
const offer = { ...map('help'), actionId: 'a', actionTargetId: null, invitation, reservedUntil: 9 };
const over = {
  ...map('over'),
  gate: 'lifecycle',
  reason: 'TerminalState',
  vendorReason: null,
  blockingActionMapId: null,
  frequencyCap: null,
} as const;
const second = {
  ...map('second'),
  gate: 'priority',
  reason: 'MultipleSimultaneousOffers',
  vendorReason: 'MultipleSimultaneousOffers',
  blockingActionMapId: 'help',
  frequencyCap: null,
} as const;

const decision: DecisionAnswer = {
  status: 'decided',
  decidedAt: 1,
  offers: [offer],
  heldBack: [over, second],
  detail: null,
};

describe('the maps of a decision', () => {
  test('come with the gates they passed, those that came furthest first', () => {
    const verdicts = verdictsOf(decision, new Map([['over', 'The one that is over']]));
    expect(verdicts.map(({ actionMapId, displayName }) => [actionMapId, displayName])).toEqual([
      ['help', null],
      ['second', null],
      ['over', 'The one that is over'],
    ]);
    expect(
      verdicts.map(({ gates }) =>
        ['passed', 'stopped', 'not-reached'].map(
          (result) => gates.filter((gate) => gate.result === result).length,
        ),
      ),
    ).toEqual([
      [12, 0, 0],
      [9, 1, 2],
      [2, 1, 9],
    ]);
    expect(verdicts[1]?.stop).toMatchObject({
      gate: 'priority',
      why: 'Another map of its media type goes first.',
      blockingActionMapId: 'help',
    });
  });

  test('come with the sentences of an explanation', () => {
    const stopped: OfferGate = 'lifecycle';
    const explanation: ExplanationAnswer = {
      ...decision,
      offers: [],
      heldBack: [over],
      maps: [
        {
          ...map('over'),
          displayName: 'Help',
          outcome: 'held-back',
          gates: offerGates.map(({ gate, asks }) =>
            gate === stopped
              ? { gate, asks, result: 'stopped', reason: 'TerminalState', why: 'It was rejected at noon.' }
              : { gate, asks, result: 'not-reached' },
          ),
        },
      ],
    };
    const [verdict] = verdictsOf(explanation);
    expect(verdict).toMatchObject({ displayName: 'Help', stop: { why: 'It was rejected at noon.' } });
    expect(verdict?.gates[0]?.asks).toBe('Is the projection complete?');
  });
});

test('a decision is told in a sentence', () => {
  const none = { ...decision, offers: [] };
  expect([
    verdictSentence(decision, false),
    verdictSentence(decision, true),
    verdictSentence({ ...decision, offers: [offer, offer] }, false),
    verdictSentence(none, true),
    verdictSentence(none, false),
    verdictSentence({ ...none, heldBack: [over] }, false),
    verdictSentence({ ...none, heldBack: [] }, true),
    verdictSentence({ ...none, status: 'unavailable' }, true),
  ]).toEqual([
    '1 of 3 action maps is offered and promised.',
    '1 of 3 action maps would be offered.',
    '2 of 4 action maps are offered and promised.',
    'Nothing would be offered: all 2 action maps are stopped.',
    'Nothing is offered: all 2 action maps are stopped.',
    'Nothing is offered: the only action map is stopped.',
    'There are no action maps, so nothing is offered.',
    'Nothing is offered: what is known of the customer may not be complete.',
  ]);
});
