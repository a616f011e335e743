import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ChildMessage, ChildTask } from './test-child-program.ts';

const localPath = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** A process of its own that works on a data directory. */
export interface TestChild {
  readonly pid: number;
  /** The next message, in order. */
  next(): Promise<ChildMessage>;
  /** Lets it go on. */
  goOn(): void;
  /** SIGKILL, unless it has ended already; resolves when it is gone. */
  kill(): Promise<void>;
}

export interface TestChildren {
  /** A process that works on the directory at the path. */
  start(task: ChildTask['task'], path: string): TestChild;
  killAll(): Promise<void>;
}

export function createTestChildren(): TestChildren {
  const children: TestChild[] = [];
  return {
    start: (task, path) => {
      const child = startChild({ task, path });
      children.push(child);
      return child;
    },
    killAll: async () => {
      for (const child of children.splice(0)) await child.kill();
    },
  };
}

function startChild(task: ChildTask): TestChild {
  const program = fork(localPath('./test-child-program.ts'), [JSON.stringify(task)], {
    execArgv: ['--conditions=source', '--import', localPath('./test-typescript.mjs')],
    // LMDB and lmdb-js tell of failed writes on stderr too.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  return childOf(program);
}

function childOf(program: ChildProcess): TestChild {
  const messages: ChildMessage[] = [];
  const waiting: ((message: ChildMessage) => void)[] = [];
  const take = (message: ChildMessage) => {
    const waiter = waiting.shift();
    if (waiter === undefined) messages.push(message);
    else waiter(message);
  };
  program.on('message', (message) => take(message as ChildMessage));
  const exited = once(program, 'exit').then(() => take({ kind: 'exited' }));
  return {
    pid: program.pid as number,
    next: () =>
      new Promise((resolve) => {
        const message = messages.shift();
        if (message === undefined) waiting.push(resolve);
        else resolve(message);
      }),
    goOn: () => program.send('go on'),
    kill: async () => {
      program.kill('SIGKILL');
      await exited;
    },
  };
}
