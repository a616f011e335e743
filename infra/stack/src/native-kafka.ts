import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { kafkaAnswers } from './answers.ts';
import type { Guard } from './guarded.ts';
import { javaCommand } from './java.ts';
import { kafkaProperties } from './kafka-properties.ts';
import { fetchJars } from './maven.ts';
import { chooseFreePort } from './ports.ts';
import { createServer, runToEnd } from './server.ts';
import type { ServerControl } from './stack.ts';

const version = '4.3.0';

/** Any 16 bytes in base64url. Every stack is a cluster of its own, so they may all have the same. */
const clusterId = 'T2ZmZXJsb2NrLWRldi1rYQ';

/** Jars of the broker; it logs through SLF4J, whose binding is not among its dependencies. */
export function fetchKafka(log: (line: string) => void): Promise<string> {
  const artifacts = [
    `org.apache.kafka:kafka_2.13:${version}`,
    'org.apache.logging.log4j:log4j-slf4j-impl:2.25.4',
  ];
  return fetchJars(`kafka-${version}`, artifacts, log);
}

/** A single KRaft node, its storage formatted, not started yet. */
export async function nativeKafka(
  guard: Guard,
  jars: string,
  port: number,
  dataDir: string,
): Promise<ServerControl> {
  const home = join(dataDir, 'kafka');
  await mkdir(home);
  const propertiesFile = join(home, 'server.properties');
  const controllerPort = await chooseFreePort();
  await writeFile(propertiesFile, kafkaProperties({ port, controllerPort, dataDir: join(home, 'data') }));
  const loggingFile = join(home, 'log4j2.properties');
  await writeFile(loggingFile, logging);

  const java = ['-cp', join(jars, '*'), `-Dlog4j2.configurationFile=${loggingFile}`];
  const format = ['kafka.tools.StorageTool', 'format', '--cluster-id', clusterId, '--config', propertiesFile];
  await runToEnd(guard, {
    name: 'the formatting of Kafka’s storage',
    file: javaCommand(),
    args: [...java, '-Xmx128m', ...format],
    logFile: join(dataDir, 'kafka-format.log'),
  });
  return createServer(guard, {
    name: 'Kafka',
    file: javaCommand(),
    args: [...java, '-Xmx1g', 'kafka.Kafka', propertiesFile],
    logFile: join(dataDir, 'kafka.log'),
    answers: () => kafkaAnswers(`127.0.0.1:${port}`),
  });
}

const logging = `appender.out.type = Console
appender.out.name = OUT
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %p %m (%c)%n
rootLogger.level = WARN
rootLogger.appenderRef.out.ref = OUT
`;
