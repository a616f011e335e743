import { expect, test } from '@jest/globals';
import { Hopeless, until } from './until.ts';

test('resolves at the first check that holds, and a check that throws is tried again', async () => {
  const answers = [() => false, () => Promise.reject(new Error('refused')), () => true];
  await until('an answer', () => answers.shift()?.() ?? false, { timeoutMs: 5_000, everyMs: 1 });
  expect(answers).toHaveLength(0);
});

test('says what it waited for when time is up, with the last error as its cause', async () => {
  const refused = new Error('refused');
  const waiting = until('an answer', () => Promise.reject(refused), { timeoutMs: 20, everyMs: 1 });
  await expect(waiting).rejects.toMatchObject({ message: 'an answer: not within 20 ms', cause: refused });
});

test('a check that knows better ends the waiting at once', async () => {
  let checks = 0;
  const waiting = until(
    'an answer',
    () => {
      checks += 1;
      throw new Hopeless('it is dead');
    },
    { timeoutMs: 60_000 },
  );
  await expect(waiting).rejects.toThrow('it is dead');
  expect(checks).toBe(1);
});
