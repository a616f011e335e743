import { expect, test } from '@jest/globals';
import { milliseconds, port, secret, text } from './values.ts';
import { describeVariables, parseVariables, variables } from './variables.ts';

const table = variables({
  APP_NAME: { help: 'What it is called.', value: text() },
  APP_PORT: { help: 'Where it listens.', value: port(), default: '8080' },
  APP_WAIT_MS: { help: 'How long it waits.', value: milliseconds(), optional: true },
  APP_PASSWORD: { help: 'Opens the door.', value: secret(), optional: true },
});

test('values are parsed, defaults filled in, optional ones left out', () => {
  expect(parseVariables(table, { APP_NAME: 'offers' })).toEqual({ APP_NAME: 'offers', APP_PORT: 8080 });
  expect(parseVariables(table, { APP_NAME: 'offers', APP_PORT: '0', APP_WAIT_MS: '250' })).toEqual({
    APP_NAME: 'offers',
    APP_PORT: 0,
    APP_WAIT_MS: 250,
  });
});

test('an empty variable counts as unset', () => {
  expect(parseVariables(table, { APP_NAME: 'offers', APP_PORT: '' }).APP_PORT).toBe(8080);
});

test('the result cannot be changed', () => {
  const values: Record<string, unknown> = parseVariables(table, { APP_NAME: 'offers' });
  expect(() => {
    values['APP_NAME'] = 'other';
  }).toThrow(TypeError);
});

test('all problems are told together, each with its variable and what was expected', () => {
  let problem: unknown;
  try {
    parseVariables(table, { APP_PORT: '70000', APP_WAIT_MS: 'soon' });
  } catch (error) {
    problem = error;
  }
  expect(problem).toMatchObject({
    code: 'CONFIG_INVALID',
    message: [
      'the configuration is not valid:',
      '  APP_NAME is missing: What it is called.',
      '  APP_PORT: expected a port from 0 to 65535, got "70000"',
      '  APP_WAIT_MS: expected a whole number of milliseconds, got "soon"',
    ].join('\n'),
  });
});

test('a secret is never shown', () => {
  const onlyDigits = variables({
    APP_PIN: { help: 'Digits.', value: secret().regex(/^\d+$/, 'expected digits').meta({ secret: true }) },
  });
  expect(() => parseVariables(onlyDigits, { APP_PIN: 'hunter2' })).toThrow(/APP_PIN: expected digits$/);
});

test('the help names every variable with its default', () => {
  expect(describeVariables(table)).toBe(
    [
      '  APP_NAME (required)',
      '      What it is called.',
      '  APP_PORT = 8080',
      '      Where it listens.',
      '  APP_WAIT_MS (optional)',
      '      How long it waits.',
      '  APP_PASSWORD (optional)',
      '      Opens the door.',
    ].join('\n'),
  );
});
