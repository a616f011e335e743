import { describe, expect, test } from '@jest/globals';
import type { OfferState } from '@offerlock/lifecycle';
import { allLifecycles, lifecycleOf } from '../shared/test-lifecycles.ts';
import { lockSentence, waitingSentence } from './offer-words.ts';

const offered: OfferState = {
  status: 'offered',
  locked: null,
  actionId: 'chat-1',
  actionMapVersion: 1,
  mediaType: 'webchat',
  sessionId: 'visit-1',
  attempt: 1,
  enteredAt: 1,
  offeredAt: 1,
  visited: [{ state: 'offered', at: 1 }],
  timesOffered: 1,
  closed: [],
  early: [],
};

function waiting(actionState: string, actionId = 'chat-1', actionMediaType = 'webchat') {
  return {
    offset: '7',
    event: {
      eventId: 'e',
      tenantId: 'default',
      customerId: 'c',
      customerIdType: 'cookie',
      sessionId: 'visit-1',
      actionId,
      actionMapId: 'welcome',
      actionMapVersion: 1,
      actionMediaType,
      actionState,
      occurredAt: 2,
      receivedAt: 2,
      errorCode: null,
      errorMessage: null,
    },
  };
}

describe('an early event says what it waits for', () => {
  test.each([
    [waiting('started'), 'waits for accepted, not arrived yet'],
    [waiting('engaged'), 'waits for accepted and started, not arrived yet'],
    [waiting('engaged', 'chat-2'), 'waits for offered, accepted and started, not arrived yet'],
    [waiting('accepted', 'chat-1', 'unheard'), 'waits for a step before it that has not arrived'],
  ])('%#', (early, sentence) => {
    expect(waitingSentence(early, offered, allLifecycles)).toBe(sentence);
  });
});

test('a lock is told in words', () => {
  expect(lockSentence(offered, lifecycleOf('webchat'))).toBeNull();
  const locked: OfferState = { ...offered, locked: { state: 'timedout', at: 5 } };
  const sentences = ['webchat', 'webMessagingOffer', 'architectFlow'].map((mediaType) =>
    lockSentence(locked, lifecycleOf(mediaType)),
  );
  expect(sentences).toEqual([
    'It ended as timed out and will not be offered again.',
    'It ended as timed out and will not be offered again during the same visit.',
    'It ended as timed out and may run again at once.',
  ]);
});
