import { expect, test } from '@jest/globals';
import { offerGates } from '@offerlock/lifecycle';
import { gateOrder } from './offer-gates.ts';

test('the page shows the gates in the order in which they are asked', () => {
  expect(gateOrder).toEqual(offerGates.map(({ gate }) => gate));
});
