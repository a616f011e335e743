import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PublishedActionMaps } from '@offerlock/standalone';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { openBrowser, watch } from '../support/browser.ts';
import { startStandaloneProcess, type StandaloneProcess } from '../support/standalone-process.ts';
import { until } from '../support/until.ts';

/** The page of a real installation, with demo traffic, in a real browser. */
export interface VisitedPage {
  readonly browser: Browser;
  readonly standalone: StandaloneProcess;
  readonly origin: string;
  /**
   * Opens the page at a route, in a window of its own. Answers with what the page did that it must not do: errors,
   * warnings, breaches of the content policy, requests to other hosts.
   */
  visit(
    route: string,
    look: (page: Page) => Promise<void>,
    options?: BrowserContextOptions,
  ): Promise<readonly string[]>;
  /** Reports steps of one action, in order. */
  report(steps: readonly string[], fields?: Readonly<Record<string, unknown>>): Promise<void>;
  /** Publishes action maps of a tenant; those who decide have read them when it resolves. */
  publishMaps(tenantId: string, actionMaps: readonly object[]): Promise<void>;
  close(): Promise<void>;
}

export async function openVisitedPage(how: { readonly demo: boolean }): Promise<VisitedPage> {
  const directory = await mkdtemp(join(tmpdir(), 'offerlock-page-'));
  const standalone = startStandaloneProcess({ directory, arguments: [how.demo ? '--demo' : '--no-demo'] });
  const browser = await openBrowser();
  const { origin } = new URL(await standalone.url);
  await standalone.ready();

  return {
    browser,
    standalone,
    origin,
    async visit(route, look, options = {}) {
      const context = await browser.newContext(options);
      try {
        const page = await context.newPage();
        const { problems } = watch(page, origin);
        await page.goto(`${origin}/${route}`);
        try {
          await look(page);
        } catch (error) {
          throw new Error(
            `the page did not show what it should; its problems: ${problems.join('\n') || 'none'}`,
            {
              cause: error,
            },
          );
        }
        return problems;
      } finally {
        await context.close();
      }
    },
    async report(steps, fields = {}) {
      for (const actionState of steps) {
        const response = await fetch(`${origin}/v1/events`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ ...anEvent, actionState, ...fields }),
        });
        if (response.status !== 202) throw new Error(`${response.status} ${await response.text()}`);
      }
    },
    async publishMaps(tenantId, actionMaps) {
      const url = `${origin}/v1/action-maps?tenantId=${tenantId}`;
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ actionMaps }),
      });
      if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
      const { revision } = (await response.json()) as PublishedActionMaps;
      await until('they are in force', async () => {
        const published = (await (await fetch(url)).json()) as PublishedActionMaps;
        return published.revision >= revision;
      });
    },
    async close() {
      await browser.close();
      standalone.kill('SIGTERM');
      await standalone.exited;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const anEvent = {
  tenantId: 'shop',
  customerId: 'visitor',
  sessionId: 'visit',
  actionId: 'chat',
  actionMapId: 'welcome',
};

/** Waits until something that the selector finds has the text. */
export async function shows(page: Page, selector: string, text: string | RegExp): Promise<void> {
  await page.locator(selector).filter({ hasText: text }).first().waitFor();
}

/** The number that stands in the first element that the selector finds. */
export async function numberIn(page: Page, selector: string): Promise<number> {
  const text = (await page.locator(selector).first().textContent()) ?? '';
  return Number(text.replaceAll(/[^0-9]/g, ''));
}
