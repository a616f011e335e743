import { expect, test } from '@jest/globals';
import { parseCommandLine } from './command-line.ts';
import { standaloneVariables } from './config.ts';

test('without anything, everything has a default that works on one machine', () => {
  expect(parseCommandLine([], {})).toMatchObject({
    values: {
      OFFERLOCK_DATA_DIR: './data',
      OFFERLOCK_HTTP_HOST: '127.0.0.1',
      OFFERLOCK_HTTP_PORT: 8080,
      OFFERLOCK_DEMO: 'auto',
    },
  });
});

test('a flag goes before its variable', () => {
  const environment = { OFFERLOCK_HTTP_PORT: '1', OFFERLOCK_DATA_DIR: 'elsewhere', OFFERLOCK_DEMO: 'on' };
  const args = ['--port', '9000', '--data-dir', '/var/lib/offers', '--host', '0.0.0.0', '--no-demo'];
  expect(parseCommandLine(args, environment)).toMatchObject({
    values: {
      OFFERLOCK_DATA_DIR: '/var/lib/offers',
      OFFERLOCK_HTTP_HOST: '0.0.0.0',
      OFFERLOCK_HTTP_PORT: 9000,
      OFFERLOCK_DEMO: 'off',
    },
  });
  expect(parseCommandLine(['--demo'], {})).toMatchObject({ values: { OFFERLOCK_DEMO: 'on' } });
});

test.each([
  [['--port', 'eighty'], {}, '--port: expected a port from 0 to 65535, got "eighty"'],
  [['--port', '70000'], {}, '--port: expected a port from 0 to 65535, got "70000"'],
  [[], { OFFERLOCK_HTTP_PORT: 'x' }, 'OFFERLOCK_HTTP_PORT: expected a port from 0 to 65535, got "x"'],
  [[], { OFFERLOCK_DEMO: 'yes' }, 'OFFERLOCK_DEMO: expected one of auto, on, off, got "yes"'],
  [['--prot', '80'], {}, "unknown option '--prot'"],
  [['start'], {}, 'too many arguments'],
])('%j with %j is not valid, and it is said why', (args, environment, told) => {
  expect(parseCommandLine(args, environment)).toEqual({
    exitCode: 2,
    output: expect.stringContaining(told),
  });
});

test('the help names every flag and variable, where data is and how to stop', () => {
  const help = parseCommandLine(['--help'], {});
  const told = 'output' in help ? help.output : '';

  expect(help).toMatchObject({ exitCode: 0 });
  for (const flag of ['--data-dir', '--port', '--host', '--demo', '--no-demo', 'Ctrl-C', './data']) {
    expect(told).toContain(flag);
  }
  for (const variable of Object.keys(standaloneVariables)) expect(told).toContain(variable);
});
