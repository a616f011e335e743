/// <reference lib="dom" />

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { startStandaloneProcess } from '../support/standalone-process.ts';
import { until } from '../support/until.ts';
import { numberIn, openVisitedPage, shows, type VisitedPage } from './visited-page.ts';

/*
 * The page as a reader meets it: a real Chromium, and the real process with demo traffic. Every visit ends with a page
 * that had no error, broke no content policy and asked no other host.
 */

let visited: VisitedPage;

beforeAll(async () => {
  visited = await openVisitedPage({ demo: true });
});

afterAll(() => visited?.close());

describe('the overview', () => {
  test('is alive: counters move, and every record is accounted for', () =>
    cleanVisit('', async (page) => {
      await shows(page, '#connection', 'Live');
      await shows(page, '#account', 'every one has its outcome');
      const first = await numberIn(page, '#account');
      await until('the counter moves', async () => (await numberIn(page, '#account')) > first);
      await until('events flow in', async () => (await page.locator('#recent tbody tr').count()) > 3);
      await shows(page, '#recent .tenant', 'demo');
      await until('offers are counted', async () => (await numberIn(page, '[data-stage="offered"]')) > 0);
      await page.locator('#metrics canvas').waitFor();
      expect(await page.title()).toBe('Overview · Offerlock');
    }));

  test('switches the demo traffic off and on', () =>
    cleanVisit('', async (page) => {
      const toggle = page.getByRole('switch', { name: 'Demo traffic' });
      await shows(page, '#demo-note', 'Simulated visitors, about');
      await toggle.click();
      await shows(page, '#demo-note', 'The numbers include what simulated visitors did');
      expect(await toggle.getAttribute('aria-checked')).toBe('false');
      expect((await visited.standalone.overview()).demo.running).toBe(false);
      await toggle.press('Space');
      await shows(page, '#demo-note', 'Simulated visitors, about');
      expect((await visited.standalone.overview()).demo.running).toBe(true);
    }));

  test('says why an event was refused, in words, and leads to the customer', () =>
    cleanVisit('', async (page) => {
      await visited.report(['offered', 'rejected'], { customerId: 'refused-visitor' });
      await visited.report(['offered'], { customerId: 'refused-visitor', actionId: 'another-chat' });
      const item = page.locator('#refused li').filter({ hasText: 'refused-visitor' });
      await item.filter({ hasText: 'The offer is over and locked for this customer.' }).waitFor();
      await item.getByRole('link').click();
      await shows(page, 'h1', 'refused-visitor');
      await page.locator('.lock-line').waitFor();
      expect(await page.locator('.lock-line').textContent()).toContain(
        'It ended as rejected and will not be offered again.',
      );
    }));

  test('shows the numbers of one tenant alone', () =>
    cleanVisit('#/?tenant=shop', async (page) => {
      await visited.report(['qualified', 'offered', 'accepted'], { customerId: 'only-one' });
      await shows(page, '#recent', 'only-one');
      expect(await page.locator('#recent .tenant').allTextContents()).not.toContain('demo');
      const shop = await numberIn(page, '[data-count="applied"]');
      await page.getByLabel('Tenant').selectOption({ label: 'All tenants' });
      await until('there is more', async () => (await numberIn(page, '[data-count="applied"]')) > shop);
      expect(new URL(page.url()).hash).toBe('#/');
    }));

  test('has the chart as a table too, and lines that can be switched off', () =>
    cleanVisit('', async (page) => {
      const offered = page.locator('#metrics').getByRole('button', { name: 'Offered' });
      await offered.click();
      expect(await offered.getAttribute('aria-pressed')).toBe('false');
      await page.getByText('The same as a table').click();
      await page.locator('#metrics tbody tr').first().waitFor();
    }));
});

describe('a customer', () => {
  test('is found with the keyboard alone, and followed live', () =>
    cleanVisit('#/lifecycles/webchat', async (page) => {
      await visited.report(['qualified', 'offered', 'accepted'], { customerId: 'keyboard-visitor' });
      await page.locator('h1').waitFor();
      await page.keyboard.press('/');
      await page.keyboard.type('keyboard-v');
      await shows(page, '[role=option]', 'keyboard-visitor');
      await page.keyboard.press('ArrowDown');
      const input = page.getByLabel('Find a customer by id');
      const active = await input.getAttribute('aria-activedescendant');
      expect(await page.locator(`#${active ?? ''}`).getAttribute('aria-selected')).toBe('true');
      await page.keyboard.press('Enter');

      await shows(page, 'h1', 'keyboard-visitor');
      expect(await page.title()).toBe('keyboard-visitor · Offerlock');
      expect(new URL(page.url()).hash).toBe('#/customers/shop/keyboard-visitor');
      await shows(page, '.timeline', /Qualified.*Offered.*Accepted/);
      await shows(page, '.standing', 'Open');
      await visited.report(['started', 'engaged'], { customerId: 'keyboard-visitor' });
      await shows(page, '.standing', 'Locked');
      await shows(page, '.lock-line', 'It ended as engaged and will not be offered again.');
      await page.getByText('As JSON').click();
      await shows(page, '.json pre', '"status": "engaged"');
    }));

  test('says which step is missing while an event came too early', async () => {
    await visited.report(['offered', 'started'], { customerId: 'early-visitor' });
    await cleanVisit('#/customers/shop/early-visitor', async (page) => {
      await shows(page, '.standing', 'Waiting');
      // The page knows the missing step once it has the lifecycles.
      const words = 'Started waits for accepted, not arrived yet';
      await shows(page, '.waiting', words);
      expect(await page.locator('.waiting').textContent()).toContain(words);
    });
  });

  test('that is unknown gets a message, and its path once an event arrives', async () => {
    const problems = await visited.visit('#/customers/elsewhere/late-visitor', async (page) => {
      await shows(page, 'main', 'Nothing is known of this customer.');
      await visited.report(['offered'], { customerId: 'late-visitor' });
      await page.reload();
      await page.locator('main').getByRole('link', { name: 'late-visitor' }).waitFor();
      await visited.report(['offered'], { customerId: 'late-visitor', tenantId: 'elsewhere' });
      await shows(page, '.timeline', 'Offered');
    });
    // Chromium itself writes every 404 to the console.
    expect(problems.filter((problem) => !problem.includes('404'))).toEqual([]);
  });
});

describe('the lifecycles', () => {
  test('have a diagram and tables with live counts', () =>
    cleanVisit('#/lifecycles', async (page) => {
      await page.getByRole('link', { name: 'Web chat' }).click();
      await until(
        'the diagram has counts',
        async () => (await numberIn(page, '[data-edge="none>qualified"]')) > 0,
      );
      const before = await numberIn(page, '[data-reached="offered"]');
      await until('they move', async () => (await numberIn(page, '[data-reached="offered"]')) > before);
      expect(await page.locator('#steps tbody tr').count()).toBe(15);
      await page.getByRole('link', { name: 'Content offer' }).click();
      await until('there are fewer steps', async () => (await page.locator('#steps tbody tr').count()) === 8);
      expect(await page.title()).toBe('Lifecycle contentOffer · Offerlock');
    }));

  test.each([360, 800, 1600])('fit a window %d px wide', (width) =>
    cleanVisit(
      '#/lifecycles/webchat',
      async (page) => {
        await page.locator('.diagram').waitFor();
        expect(await overflow(page)).toBe(0);
        await page.goto(`${visited.origin}/#/`);
        await page.locator('#recent tbody tr').first().waitFor();
        expect(await overflow(page)).toBe(0);
      },
      { viewport: { width, height: 800 } },
    ),
  );
});

describe('the page', () => {
  test('shows hostile texts as texts', () => {
    const markup = '<img src=x onerror="document.title=1"><b>bold';
    return cleanVisit(`#/?tenant=${encodeURIComponent(markup)}`, async (page) => {
      const customer = { customerId: 'hostile-visitor', actionId: '__proto__', actionMapId: 'constructor' };
      await visited.report([markup, 'offered'], customer);
      await visited.report(['errored'], { ...customer, errorCode: markup, errorMessage: markup });
      await page.goto(`${visited.origin}/#/?tenant=shop`);
      await shows(page, '#refused', markup);
      await page.goto(`${visited.origin}/#/customers/shop/hostile-visitor`);
      await shows(page, '.step-error', markup);
      await page.goto(`${visited.origin}/#/lifecycles/${encodeURIComponent(markup)}`);
      await shows(page, 'main', `There is no lifecycle “${markup}”.`);
      expect(await page.locator('main img, main b').filter({ hasText: 'bold' }).count()).toBe(0);
      expect(await page.title()).toBe(`Lifecycle ${markup} · Offerlock`);
    });
  });

  test('can be walked with the keyboard alone, and shows where one is', () =>
    cleanVisit('', async (page) => {
      await page.locator('#recent tbody tr').first().waitFor();
      await page.keyboard.press('Tab');
      expect(await focused(page)).toMatchObject({ text: 'Skip to the content', visible: true });
      await page.keyboard.press('Enter');
      expect(await focused(page)).toMatchObject({ tag: 'H1' });

      await page.getByRole('button', { name: 'Hold' }).press('Enter');
      const passed: string[] = [];
      await page.locator('.brand').focus();
      for (let stops = 0; stops < 60; stops += 1) {
        await page.keyboard.press('Tab');
        const stop = await focused(page);
        if (stop.tag === 'BODY') break;
        expect(stop).toMatchObject({ visible: true });
        passed.push(stop.text);
      }
      for (const expected of ['Overview', 'Customers', 'Lifecycles', 'Held', 'OpenAPI']) {
        expect(passed).toContain(expected);
      }
      await page.getByRole('link', { name: 'Customers' }).press('Enter');
      await shows(page, 'h1', 'Customers');
      expect(await focused(page)).toMatchObject({ tag: 'H1' });
    }));

  test('comes back when the server does', async () => {
    const own = await mkdtemp(join(tmpdir(), 'offerlock-page-'));
    let server = startStandaloneProcess({ directory: own, arguments: ['--demo'] });
    const context = await visited.browser.newContext();
    try {
      const page = await context.newPage();
      const address = new URL(await server.url);
      await page.goto(address.origin);
      await shows(page, '#connection', 'Live');
      server.kill('SIGKILL');
      await server.exited;
      await shows(page, '#connection', 'Reconnecting');
      await shows(page, '#connection', 'Server stopped');
      server = startStandaloneProcess({ directory: own, arguments: ['--demo', '--port', address.port] });
      await shows(page, '#connection', 'Live');
      const { at } = await server.overview();
      await shows(page, '#account', 'every one has its outcome');
      await until('it is up to date', async () => (await server.overview()).at > at);
      expect(await page.locator('#recent tbody tr').count()).toBeGreaterThan(0);
    } finally {
      await context.close();
      server.kill('SIGTERM');
      await server.exited;
      await rm(own, { recursive: true, force: true });
    }
  });
});

/** A visit after which the page must have nothing to be blamed for. */
async function cleanVisit(...visit: Parameters<VisitedPage['visit']>): Promise<void> {
  expect(await visited.visit(...visit)).toEqual([]);
}

/** How far the page reaches out of its window, in px. */
function overflow(page: Page): Promise<number> {
  return page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - window.innerWidth));
}

/** What has the focus, and whether it is in the window with an outline around it. */
function focused(page: Page): Promise<{ tag: string; text: string; visible: boolean }> {
  return page.evaluate(() => {
    const element = document.activeElement ?? document.body;
    const box = element.getBoundingClientRect();
    return {
      tag: element.tagName,
      text: element.textContent.trim(),
      visible:
        getComputedStyle(element).outlineStyle !== 'none' &&
        box.bottom > 0 &&
        box.top < window.innerHeight &&
        box.width > 0,
    };
  });
}
