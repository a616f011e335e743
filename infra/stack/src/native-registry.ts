import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { registryAnswers } from './answers.ts';
import type { Guard } from './guarded.ts';
import { javaCommand } from './java.ts';
import { fetchArchive } from './maven.ts';
import { createServer } from './server.ts';
import { registryUrlOf, type ServerControl } from './stack.ts';

const version = '2.6.13.Final';

/** Directory of the unpacked Apicurio registry. */
export function fetchRegistry(log: (line: string) => void): Promise<string> {
  const artifact = `io.apicurio:apicurio-registry-app:${version}:tar.gz:all`;
  return fetchArchive(`apicurio-registry-${version}`, artifact, log);
}

/** The registry, not started yet. Schemas and their ids survive its restarts. */
export async function nativeRegistry(
  guard: Guard,
  directory: string,
  port: number,
  dataDir: string,
): Promise<ServerControl> {
  const home = join(dataDir, 'registry');
  await mkdir(home);
  return createServer(guard, {
    name: 'the schema registry',
    file: javaCommand(),
    args: [
      '-Xmx384m',
      '-Dquarkus.http.host=127.0.0.1',
      `-Dquarkus.http.port=${port}`,
      '-jar',
      join(directory, `apicurio-registry-app-${version}-runner.jar`),
    ],
    // Its default is a database in memory, which would forget the schemas and their ids in a restart. WRITE_DELAY=0:
    // what was acknowledged is in the file, even if the process is killed.
    environment: { REGISTRY_DATASOURCE_URL: `jdbc:h2:file:${join(home, 'registry')};WRITE_DELAY=0` },
    logFile: join(dataDir, 'registry.log'),
    answers: () => registryAnswers(registryUrlOf('127.0.0.1', port)),
  });
}
