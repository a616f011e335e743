import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** `java` of JAVA_HOME if that is set, else of the PATH. */
export function javaCommand(): string {
  const home = process.env['JAVA_HOME'];
  return home === undefined || home === '' ? 'java' : join(home, 'bin', 'java');
}

/** Whether Java 17 or newer and Maven are there; null if so, else what is missing. */
export async function javaIsMissing(): Promise<string | null> {
  const missing: string[] = [];
  const java = await run(javaCommand(), ['-version']).then(
    ({ stderr }) => javaMajorOf(stderr),
    () => null,
  );
  if (java === null) missing.push('Java 17 or newer (java cannot be run)');
  else if (java < 17) missing.push(`Java 17 or newer (found ${java})`);
  await run('mvn', ['--version']).catch(() => missing.push('Maven (mvn is not on the PATH)'));
  return missing.length === 0 ? null : missing.join(', ');
}

/** From what `java -version` prints, `1.8.0` or `17.0.15` alike; null if it is not understood. */
export function javaMajorOf(printed: string): number | null {
  const version = /version "(?:1\.)?(\d+)/.exec(printed)?.[1];
  return version === undefined ? null : Number(version);
}
