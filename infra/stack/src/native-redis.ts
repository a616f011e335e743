import { execFile } from 'node:child_process';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { redisAnswers } from './answers.ts';
import type { Guard } from './guarded.ts';
import { fetchArchive } from './maven.ts';
import { createServer } from './server.ts';
import type { ServerControl } from './stack.ts';

const run = promisify(execFile);

const configFile = fileURLToPath(new URL('../../redis/redis.conf', import.meta.url));

const embeddedVersion = '1.4.3';
const embeddedBinaries: Readonly<Record<string, string>> = {
  'linux-x64': 'redis-server-6.2.6-v5-linux-amd64',
  'linux-arm64': 'redis-server-6.2.7-linux-arm64',
  'darwin-x64': 'redis-server-6.2.6-v5-darwin-amd64',
  'darwin-arm64': 'redis-server-6.2.6-v5-darwin-arm64',
};

/** `redis-server` of the PATH, else the one that a Maven artifact carries: Redis 6.2, enough for tests. */
export async function fetchRedis(log: (line: string) => void): Promise<string> {
  try {
    await run('redis-server', ['--version']);
    return 'redis-server';
  } catch {
    const machine = `${process.platform}-${process.arch}`;
    const binary = embeddedBinaries[machine];
    if (binary === undefined) {
      throw new Error(`no redis-server on the PATH, and none to download for ${machine}: install Redis 7`);
    }
    log('no redis-server on the PATH: taking Redis 6.2 of embedded-redis');
    const artifact = `com.github.codemonstur:embedded-redis:${embeddedVersion}`;
    const file = join(await fetchArchive(`embedded-redis-${embeddedVersion}`, artifact, log), binary);
    await chmod(file, 0o755);
    return file;
  }
}

/** Redis with `infra/redis/redis.conf`, not started yet. */
export async function nativeRedis(
  guard: Guard,
  file: string,
  port: number,
  dataDir: string,
): Promise<ServerControl> {
  const home = join(dataDir, 'redis');
  await mkdir(home);
  return createServer(guard, {
    name: 'Redis',
    file,
    args: [configFile, '--port', String(port), '--dir', home],
    logFile: join(dataDir, 'redis.log'),
    answers: () => redisAnswers(`127.0.0.1:${port}`),
  });
}
