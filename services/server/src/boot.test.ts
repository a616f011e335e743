import { expect, test } from '@jest/globals';
import { OfferlockError } from '@offerlock/lifecycle';
import { pino } from 'pino';
import { passBootChecks } from './boot.ts';

function bench() {
  const waited: (string | null)[] = [];
  const stop = new AbortController();
  const options = {
    logger: pino({ level: 'silent' }),
    signal: stop.signal,
    retryDelayMs: 1,
    onWaiting: (title: string | null) => waited.push(title),
  };
  return { waited, stop, options };
}

test('a dependency that is not up yet is waited for, then the next check runs', async () => {
  const { waited, options } = bench();
  let attempts = 0;
  const passed = await passBootChecks(
    [
      {
        title: 'Kafka',
        run: async () => {
          attempts += 1;
          if (attempts < 3) throw new OfferlockError('LOG_UNAVAILABLE', 'no broker answers');
        },
      },
      { title: 'Redis', run: async () => undefined },
    ],
    options,
  );
  expect(passed).toBe(true);
  expect(waited).toEqual(['Kafka', 'Kafka', 'Kafka', 'Redis', null]);
});

test('an error that waiting cannot help ends the boot', async () => {
  const { options } = bench();
  const checks = [
    { title: 'Kafka', run: () => Promise.reject(new OfferlockError('TOPIC_MISSING', 'no such topic')) },
    { title: 'Redis', run: () => Promise.reject(new Error('must not be reached')) },
  ];
  await expect(passBootChecks(checks, options)).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
});

test('a stop while waiting ends the boot without an error', async () => {
  const { stop, options } = bench();
  const checks = [
    {
      title: 'Kafka',
      run: () => {
        stop.abort();
        return Promise.reject(new OfferlockError('LOG_UNAVAILABLE', 'no broker answers'));
      },
    },
  ];
  await expect(passBootChecks(checks, options)).resolves.toBe(false);
});
