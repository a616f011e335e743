import { createHandClock } from '@offerlock/event-log/memory';
import { expect, test } from '@jest/globals';
import { createDeadlines } from './deadlines.ts';

const turn = () =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

function start() {
  const clock = createHandClock(0);
  const deadlines = createDeadlines({ clock, ticks: () => clock.now(), afterMs: 50 });
  const expired: string[] = [];
  const begin = (name: string) => deadlines.begin(() => expired.push(name));
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await turn();
  };
  return { begin, pass, expired };
}

test('each ends after its own time, in the order in which they began', async () => {
  const { begin, pass, expired } = start();
  begin('first');
  await pass(20);
  begin('second');
  await pass(29);
  expect(expired).toEqual([]);
  await pass(1);
  expect(expired).toEqual(['first']);
  await pass(20);
  expect(expired).toEqual(['first', 'second']);
});

test('one that was ended before does not expire, and holds nobody up', async () => {
  const { begin, pass, expired } = start();
  const end = begin('first');
  begin('second');
  end();
  await pass(50);
  expect(expired).toEqual(['second']);
});

test('after a pause they go on', async () => {
  const { begin, pass, expired } = start();
  begin('first');
  await pass(50);
  await pass(1_000);
  begin('second');
  await pass(50);
  expect(expired).toEqual(['first', 'second']);
});
