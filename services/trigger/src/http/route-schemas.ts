import { answerOf, jsonSchemaOf, problemAnswerOf } from '@offerlock/server';
import { z } from 'zod';
import {
  announcedType,
  customerOffersType,
  decisionType,
  explanationType,
  releasedType,
} from './answer-types.ts';
import { agentsBody, decisionBody, idType, releaseBody } from './decision-body.ts';

const tags = ['decisions'];
const jsonOf = (type: z.ZodType) => ({
  content: {
    'application/json': { schema: jsonSchemaOf(type, 'input') },
    'text/plain': { schema: jsonSchemaOf(type, 'input') },
  },
});
const pathOf = (name: string) => jsonSchemaOf(z.object({ [name]: idType }), 'input');
const invalid = problemAnswerOf('The body is not valid; `field` names where');
const away = problemAnswerOf('The projection cannot be asked now; try again after `Retry-After` seconds');

export const decisionsSchema = {
  summary: 'May an offer be shown now?',
  description:
    'What may be shown to this visitor on this page, at most one offer per media type, and why nothing else. What is ' +
    'offered is promised until `reservedUntil`: nobody else is offered it, so show it before then or release it. ' +
    'While something is not known for certain, the status is `unavailable` and nothing is offered.',
  tags,
  body: jsonOf(decisionBody),
  response: { 200: answerOf('Decided, or unavailable', decisionType), 400: invalid },
};

export const explainSchema = {
  summary: 'Why would (not) something be offered?',
  description: 'The same question, gate by gate. Without effect: nothing is promised, nothing published.',
  tags,
  body: jsonOf(decisionBody),
  response: {
    200: answerOf('What would be decided now, and what that is built on', explanationType),
    400: invalid,
    503: away,
  },
};

export const releaseSchema = {
  summary: 'Takes back the promise of an offer that was not shown',
  tags,
  params: pathOf('actionId'),
  body: jsonOf(releaseBody),
  response: { 200: answerOf('Whether there was one', releasedType), 400: invalid, 503: away },
};

export const customerOffersSchema = {
  summary: 'What is known of the offers to a customer',
  tags: ['customers'],
  params: pathOf('customerId'),
  querystring: jsonSchemaOf(z.object({ tenantId: idType.optional() }), 'input'),
  response: {
    200: answerOf('One entry per action map', customerOffersType),
    404: problemAnswerOf('Nothing is known of the customer'),
    503: away,
  },
};

export const agentsSchema = {
  summary: 'Announces how many agents could take a chat',
  description:
    'For maps whose target asks for agents. Announce more often than `ttlMs`: silence means that nobody knows.',
  tags: ['action targets'],
  params: pathOf('actionTargetId'),
  body: jsonOf(agentsBody),
  response: { 200: answerOf('What counts now', announcedType), 400: invalid, 503: away },
};
