import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Starts the Chromium of this machine: the one that OFFERLOCK_CHROMIUM names, else the first on the PATH. */
export function openBrowser(): Promise<Browser> {
  // Chromium has no sandbox for root, who runs the tests in containers.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath: findChromium(process.env), args });
}

/** What a page did that it must not do. */
export interface Watched {
  /** Errors and warnings on its console, violations of its content policy, uncaught errors, requests to other hosts. */
  readonly problems: readonly string[];
}

/** Watches a page from now on. */
export function watch(page: Page, origin: string): Watched {
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(String(error.stack)));
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) problems.push(`request to ${request.url()}`);
  });
  return { problems };
}

function findChromium(environment: Readonly<Record<string, string | undefined>>): string {
  const named = environment['OFFERLOCK_CHROMIUM'];
  if (named !== undefined && named !== '') return named;
  for (const folder of (environment['PATH'] ?? '').split(delimiter)) {
    for (const name of names) {
      const path = join(folder, name);
      if (isExecutable(path)) return path;
    }
  }
  throw new Error(
    `there is no Chromium on the PATH (looked for ${names.join(', ')}); install it, for example with apt-get install chromium, or name it in OFFERLOCK_CHROMIUM`,
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
