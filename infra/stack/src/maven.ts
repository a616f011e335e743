import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const plugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';

/** Where downloads are kept: they are needed once per user, not once per checkout. */
export function cacheDirectory(environment: Readonly<Record<string, string | undefined>>): string {
  const base = environment['XDG_CACHE_HOME'];
  return join(base === undefined || base === '' ? join(homedir(), '.cache') : base, 'offerlock');
}

/** Directory of the jars of these artifacts (`group:artifact:version`) and all that they depend on. */
export function fetchJars(
  name: string,
  artifacts: readonly string[],
  log: (line: string) => void,
): Promise<string> {
  return cached(name, log, async (directory) => {
    const pom = join(directory, 'pom.xml');
    await writeFile(pom, pomOf(artifacts));
    await maven(directory, ['-f', pom, `${plugin}:copy-dependencies`, `-DoutputDirectory=${directory}`]);
  });
}

/** Directory in which the archive (`group:artifact:version:type:classifier`) is unpacked, jars and tar.gz alike. */
export function fetchArchive(name: string, artifact: string, log: (line: string) => void): Promise<string> {
  return cached(name, log, (directory) =>
    maven(directory, [`${plugin}:unpack`, `-Dartifact=${artifact}`, `-DoutputDirectory=${directory}`]),
  );
}

/**
 * Fills a temporary directory and renames it into place: a download is there whole or not at all, and of two runs at
 * once the second to finish takes what the first put there.
 */
async function cached(
  name: string,
  log: (line: string) => void,
  fill: (directory: string) => Promise<void>,
): Promise<string> {
  const cache = cacheDirectory(process.env);
  const target = join(cache, name);
  if (await exists(target)) return target;
  await mkdir(cache, { recursive: true });
  await removeAbandoned(cache);
  const directory = await mkdtemp(join(cache, `${name}.incomplete-`));
  try {
    log(`downloading ${name} with Maven into ${cache} (once)`);
    await fill(directory);
    await rename(directory, target);
  } catch (error) {
    if (!(await exists(target))) throw error;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  return target;
}

/** Downloads whose run was killed; an hour is longer than any that still goes on. */
async function removeAbandoned(cache: string): Promise<void> {
  for (const entry of await readdir(cache)) {
    const path = join(cache, entry);
    if (!entry.includes('.incomplete-') || Date.now() - (await stat(path)).mtimeMs < 3_600_000) continue;
    await rm(path, { recursive: true, force: true });
  }
}

async function maven(directory: string, args: readonly string[]): Promise<void> {
  try {
    await run('mvn', ['--batch-mode', '--quiet', ...args], {
      cwd: directory,
      timeout: 600_000,
      maxBuffer: 16 * 1024 * 1024,
    });
  } catch (cause) {
    const { stdout } = cause as { stdout?: string };
    throw new Error(`Maven failed: mvn ${args.join(' ')}\n${(stdout ?? '').slice(-2_000)}`, { cause });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function pomOf(artifacts: readonly string[]): string {
  const dependencies = artifacts.map((artifact) => {
    const [groupId, artifactId, version] = artifact.split(':');
    return `<dependency><groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId><version>${version}</version></dependency>`;
  });
  return [
    '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>',
    '<groupId>io.offerlock</groupId><artifactId>downloads</artifactId><version>1</version>',
    `<dependencies>${dependencies.join('')}</dependencies></project>`,
  ].join('\n');
}
