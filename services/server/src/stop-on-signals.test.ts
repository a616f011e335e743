import { EventEmitter, once } from 'node:events';
import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { stopOnSignals } from './stop-on-signals.ts';

function createHost() {
  const emitter = new EventEmitter();
  const exits: number[] = [];
  const exit = (code: number): void => {
    exits.push(code);
    emitter.emit('exit');
  };
  const host = Object.assign(emitter, { exit });
  return { host, exits };
}

const failToStop = () => Promise.reject(new Error('it would not'));
const logger = pino({ level: 'silent' });

test('the first signal stops in order, a second one ends the process', () => {
  const { host, exits } = createHost();
  let stops = 0;
  const signal = stopOnSignals({
    logger,
    deadlineMs: 60_000,
    process: host,
    stop: async () => {
      stops += 1;
    },
  });
  expect(signal.aborted).toBe(false);
  host.emit('SIGTERM', 'SIGTERM');
  expect({ stops, aborted: signal.aborted, exits }).toEqual({ stops: 1, aborted: true, exits: [] });
  host.emit('SIGINT', 'SIGINT');
  expect({ stops, exits }).toEqual({ stops: 1, exits: [1] });
});

test('a stop that takes too long, or fails, is not waited for', async () => {
  const { host, exits } = createHost();
  stopOnSignals({ logger, deadlineMs: 1, process: host, stop: failToStop });
  const exited = once(host, 'exit');
  // The deadline keeps nothing alive by itself.
  const alive = setInterval(() => undefined, 1_000);
  host.emit('SIGINT', 'SIGINT');
  await exited;
  clearInterval(alive);
  expect(exits).toEqual([1]);
});
