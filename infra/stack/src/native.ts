import { execFile } from 'node:child_process';
import { access, chmod, mkdir, mkdtemp, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { kafkaAnswers, redisAnswers, registryAnswers } from './answers.ts';
import { startGuard } from './guarded.ts';
import { kafkaProperties } from './kafka-properties.ts';
import { fetchArchive, fetchJars } from './maven.ts';
import { chooseFreePort } from './ports.ts';
import { createServer, type ServerSpec } from './server.ts';
import type { Launch, OwnStack, ServerControl } from './stack.ts';

const run = promisify(execFile);

const kafkaVersion = '4.3.0';
const registryVersion = '2.6.13.Final';
const embeddedRedisVersion = '1.4.3';

/** Any 16 bytes in base64url. Every stack is a cluster of its own, so they may all have the same. */
const clusterId = 'T2ZmZXJsb2NrLWRldi1rYQ';

export const redisConfigFile = fileURLToPath(new URL('../../redis/redis.conf', import.meta.url));

/** Starts the servers as processes of this machine. On failure nothing is left behind. */
export async function startNative({ ports, outlives, log }: Launch): Promise<OwnStack> {
  // One after the other: two Mavens at once would meet in the same local repository.
  const kafkaJars = await fetchJars(
    `kafka-${kafkaVersion}`,
    [`org.apache.kafka:kafka_2.13:${kafkaVersion}`, 'org.apache.logging.log4j:log4j-slf4j-impl:2.25.4'],
    log,
  );
  const registryDir = await fetchArchive(
    `apicurio-registry-${registryVersion}`,
    `io.apicurio:apicurio-registry-app:${registryVersion}:tar.gz:all`,
    log,
  );
  const redisServer = await findRedisServer(log);

  // Resolved, since Redis and Kafka compare paths as text and /tmp is a link on some systems.
  const dataDir = await realpath(await mkdtemp(join(tmpdir(), 'offerlock-stack-')));
  const guard = startGuard(dataDir);
  try {
    log(`starting Kafka ${kafkaVersion}, registry ${registryVersion} and Redis; data and logs in ${dataDir}`);
    const redis = createServer(guard, await redisSpec(redisServer, ports.redis, dataDir));
    const registry = createServer(guard, await registrySpec(registryDir, ports.registry, dataDir));
    const kafka = createServer(guard, await kafkaSpec(kafkaJars, ports.kafka, dataDir));
    await startAll({ Redis: redis, registry, Kafka: kafka }, log);
    const socketPath = join(dataDir, 'stack.sock');
    if (outlives) await guard.outlive(socketPath);
    return {
      kind: 'native',
      brokers: [`127.0.0.1:${ports.kafka}`],
      registryUrl: registryUrlOf(ports.registry),
      redisAddress: `127.0.0.1:${ports.redis}`,
      kafka,
      registry,
      redis,
      stop: () => guard.end(),
      handle: outlives ? { kind: 'native', socketPath } : null,
    };
  } catch (error) {
    await guard.end();
    throw error;
  }
}

export function registryUrlOf(port: number): string {
  return `http://127.0.0.1:${port}/apis/ccompat/v7`;
}

/** Starts all at once; rejects with the first failure. */
export async function startAll(
  servers: Readonly<Record<string, ServerControl>>,
  log: (line: string) => void,
): Promise<void> {
  const begin = Date.now();
  await Promise.all(
    Object.entries(servers).map(async ([name, server]) => {
      await server.start();
      log(`${name} answers after ${((Date.now() - begin) / 1000).toFixed(1)} s`);
    }),
  );
}

async function kafkaSpec(jars: string, port: number, dataDir: string): Promise<ServerSpec> {
  const home = join(dataDir, 'kafka');
  await mkdir(home);
  const propertiesFile = join(home, 'server.properties');
  const controllerPort = await chooseFreePort();
  await writeFile(propertiesFile, kafkaProperties({ port, controllerPort, dataDir: join(home, 'data') }));
  const loggingFile = join(home, 'log4j2.properties');
  await writeFile(loggingFile, kafkaLogging);
  const java = javaCommand();
  const classPath = ['-cp', join(jars, '*'), `-Dlog4j2.configurationFile=${loggingFile}`];
  await run(java, [
    ...classPath,
    '-Xmx128m',
    'kafka.tools.StorageTool',
    'format',
    '--cluster-id',
    clusterId,
    '--config',
    propertiesFile,
  ]);
  return {
    name: 'Kafka',
    file: java,
    args: [...classPath, '-Xmx1g', 'kafka.Kafka', propertiesFile],
    logFile: join(dataDir, 'kafka.log'),
    answers: () => kafkaAnswers(`127.0.0.1:${port}`),
  };
}

const kafkaLogging = `appender.out.type = Console
appender.out.name = OUT
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %p %m (%c)%n
rootLogger.level = WARN
rootLogger.appenderRef.out.ref = OUT
`;

async function registrySpec(directory: string, port: number, dataDir: string): Promise<ServerSpec> {
  const home = join(dataDir, 'registry');
  await mkdir(home);
  return {
    name: 'the schema registry',
    file: javaCommand(),
    args: [
      '-Xmx384m',
      '-Dquarkus.http.host=127.0.0.1',
      `-Dquarkus.http.port=${port}`,
      '-jar',
      join(directory, `apicurio-registry-app-${registryVersion}-runner.jar`),
    ],
    // Its default is a database in memory, which would forget the schemas and their ids in a restart. WRITE_DELAY=0:
    // what was acknowledged is in the file, even if the process is killed.
    environment: { REGISTRY_DATASOURCE_URL: `jdbc:h2:file:${join(home, 'registry')};WRITE_DELAY=0` },
    logFile: join(dataDir, 'registry.log'),
    answers: () => registryAnswers(registryUrlOf(port)),
  };
}

async function redisSpec(file: string, port: number, dataDir: string): Promise<ServerSpec> {
  const home = join(dataDir, 'redis');
  await mkdir(home);
  return {
    name: 'Redis',
    file,
    args: [redisConfigFile, '--port', String(port), '--dir', home],
    logFile: join(dataDir, 'redis.log'),
    answers: () => redisAnswers(`127.0.0.1:${port}`),
  };
}

/** `redis-server` of the PATH, else the one that a Maven artifact carries (an older Redis, which serves as well). */
async function findRedisServer(log: (line: string) => void): Promise<string> {
  try {
    await run('redis-server', ['--version']);
    return 'redis-server';
  } catch {
    const machine = `${process.platform}-${process.arch}`;
    const binary = embeddedRedisBinaries[machine];
    if (binary === undefined) {
      throw new Error(`no redis-server on the PATH, and none to download for ${machine}: install Redis 7`);
    }
    log('no redis-server on the PATH, taking the one of embedded-redis');
    const directory = await fetchArchive(
      `embedded-redis-${embeddedRedisVersion}`,
      `com.github.codemonstur:embedded-redis:${embeddedRedisVersion}`,
      log,
    );
    const file = join(directory, binary);
    await access(file);
    await chmod(file, 0o755);
    return file;
  }
}

const embeddedRedisBinaries: Readonly<Record<string, string>> = {
  'linux-x64': 'redis-server-6.2.6-v5-linux-amd64',
  'linux-arm64': 'redis-server-6.2.7-linux-arm64',
  'darwin-x64': 'redis-server-6.2.6-v5-darwin-amd64',
  'darwin-arm64': 'redis-server-6.2.6-v5-darwin-arm64',
};

export function javaCommand(): string {
  const home = process.env['JAVA_HOME'];
  return home === undefined || home === '' ? 'java' : join(home, 'bin', 'java');
}

/** Whether Java 17 or newer and Maven are there; null if so, else what is missing. */
export async function nativeIsMissing(): Promise<string | null> {
  const missing: string[] = [];
  const java = await run(javaCommand(), ['-version']).then(
    ({ stderr }) => javaMajorOf(stderr),
    () => null,
  );
  if (java === null) missing.push('Java 17 or newer (java is not on the PATH)');
  else if (java < 17) missing.push(`Java 17 or newer (found ${java})`);
  await run('mvn', ['--version']).catch(() => missing.push('Maven (mvn is not on the PATH)'));
  return missing.length === 0 ? null : missing.join(', ');
}

/** From what `java -version` prints, `1.8.0` or `17.0.15` alike; null if it is not understood. */
export function javaMajorOf(printed: string): number | null {
  const version = /version "(?:1\.)?(\d+)/.exec(printed)?.[1];
  return version === undefined ? null : Number(version);
}
