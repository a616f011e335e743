import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from './until.ts';

/** A Redis of a test's own, to do things to it that the shared one must not suffer. */
export interface RedisServer {
  readonly port: number;
  readonly address: string;
  /** Runs one command as `redis-cli` does and returns what it prints. */
  command(...words: readonly string[]): Promise<string>;
  /** Stops the process where it stands. Connections stay open, answers stay out. */
  pause(): void;
  resume(): void;
  /** Kills the process. */
  kill(): Promise<void>;
  /** Starts it anew at the same port, with nothing in it, and waits until it answers. */
  start(): Promise<void>;
  /** Kills it and removes its files. */
  remove(): Promise<void>;
}

const run = promisify(execFile);

/** Starts `redis-server` from the PATH on a free port, without persistence, with further `--option value` words. */
export async function startRedisServer(...words: readonly string[]): Promise<RedisServer> {
  return startProcess(['--save', '', ...words]);
}

/** Starts a sentinel that watches `mymaster` at this port, and alone decides that it is down, after 500 ms. */
export async function startRedisSentinel(masterPort: number): Promise<RedisServer> {
  const sentinel = await startProcess(['--sentinel'], 'sentinel.conf');
  await sentinel.command('sentinel', 'monitor', 'mymaster', '127.0.0.1', String(masterPort), '1');
  await sentinel.command('sentinel', 'set', 'mymaster', 'down-after-milliseconds', '500');
  return sentinel;
}

async function startProcess(words: readonly string[], configFile?: string): Promise<RedisServer> {
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), 'offerlock-redis-'));
  let child: ChildProcess | null = null;

  const command = async (...request: readonly string[]): Promise<string> =>
    (await run('redis-cli', ['-p', String(port), ...request])).stdout.trim();

  const start = async (): Promise<void> => {
    const base = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, ...words];
    if (configFile !== undefined) {
      base.unshift(join(directory, configFile));
      await writeFile(join(directory, configFile), '');
    }
    child = spawn('redis-server', base, { stdio: 'ignore' });
    await once(child, 'spawn').catch((cause: unknown) => {
      throw new Error('this test needs redis-server and redis-cli on the PATH: install Redis 7', { cause });
    });
    // With a password set this is an error, and an answer as well.
    await until(`Redis answers on port ${port}`, async () => /PONG|NOAUTH/.test(await command('ping')));
  };
  const kill = async (): Promise<void> => {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };

  await start();
  return {
    port,
    address: `127.0.0.1:${port}`,
    command,
    pause: () => {
      child?.kill('SIGSTOP');
    },
    resume: () => {
      child?.kill('SIGCONT');
    },
    kill,
    start,
    remove: async () => {
      await kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A port nobody uses. In a cluster Redis takes the port 10,000 above it as well, so it is a low one. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    if ((await isFree(port)) && (await isFree(port + 10_000))) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
