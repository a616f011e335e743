import { Writable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { createTerminal } from './terminal.ts';

function terminalOn(isTTY: boolean) {
  let written = '';
  let nowMs = 0;
  const stderr = Object.assign(
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        written += chunk.toString();
        done();
      },
    }),
    { isTTY },
  );
  const clock = { now: () => nowMs, sleep: () => Promise.resolve() };
  return {
    terminal: createTerminal({ stdout: stderr, stderr }, clock),
    written: () => written,
    at: (ms: number) => {
      nowMs = ms;
    },
  };
}

test('where nobody looks on, progress is a line now and then', () => {
  const { terminal, written, at } = terminalOn(false);
  const progress = terminal.progress('Publishing', 10_000);
  for (let done = 1; done <= 120; done += 1) {
    at(done * 100);
    progress.update(done * 50);
  }
  progress.end();
  expect(written()).toBe(
    'Publishing: 2,500 of 10,000, 500/s, 15.0 s left\nPublishing: 5,000 of 10,000, 500/s, 10.0 s left\n',
  );
});

test('without a total it counts', () => {
  const { terminal, written, at } = terminalOn(false);
  const progress = terminal.progress('Reading', null);
  at(6000);
  progress.update(3000);
  expect(written()).toBe('Reading: 3,000, 500/s\n');
});

test('results and notes end their lines', () => {
  const { terminal, written } = terminalOn(false);
  terminal.print('result');
  terminal.note('note');
  expect(written()).toBe('result\nnote\n');
});
