import { describe, expect, test } from '@jest/globals';
import { noFields, questionOf } from './decide-fields.ts';

const asked = { ...noFields, tenantId: 'demo', customerId: 'ann', sessionId: 's', url: 'https://a.example/' };
const event = {
  streamType: 'Web',
  sessionType: 'web',
  eventName: 'cart_changed',
  attributes: { total: 120 },
};

describe('what was typed becomes a question', () => {
  test('without segments and events', () => {
    expect(questionOf(asked)).toEqual({
      outcome: 'asked',
      question: {
        tenantId: 'demo',
        customerId: 'ann',
        sessionId: 's',
        page: { url: 'https://a.example/' },
        segments: [],
        events: [],
      },
    });
  });

  test('with segments between commas and events as JSON', () => {
    const fields = { ...asked, segments: ' returning visitor ,, vip,', events: JSON.stringify([event]) };
    expect(questionOf(fields)).toMatchObject({
      question: { segments: ['returning visitor', 'vip'], events: [event] },
    });
  });

  test.each(['[', '{}', 'cart', 'null'])('but not with the events %s', (events) => {
    expect(questionOf({ ...asked, events })).toEqual({
      outcome: 'wrong',
      problem: expect.stringContaining('expected a JSON list'),
    });
  });
});
