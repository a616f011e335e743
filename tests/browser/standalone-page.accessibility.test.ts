import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { numberIn, openVisitedPage, shows, type VisitedPage } from './visited-page.ts';
import { until } from '../support/until.ts';

/*
 * Every view, in light and dark, on a desk and on a phone, is free of what axe-core can find. With
 * OFFERLOCK_SCREENSHOTS set to a folder, each is also kept there as a picture to look at.
 */

const sizes = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };

const looks = Object.entries(sizes).flatMap(([size, viewport]) =>
  (['light', 'dark'] as const).map((colorScheme) => ({
    name: `${size}, ${colorScheme}`,
    viewport,
    colorScheme,
  })),
);

const screenshots = process.env['OFFERLOCK_SCREENSHOTS'];

interface View {
  readonly name: string;
  readonly route: string;
  /** Until it shows what it has to show. */
  readonly ready: (page: Page) => Promise<void>;
}

const views: readonly View[] = [
  {
    name: 'overview',
    route: '',
    ready: (page) =>
      until('the funnel has counts', async () => (await numberIn(page, '[data-stage="engaged"]')) > 0, {
        timeoutMs: 120_000,
      }),
  },
  {
    name: 'customers',
    route: '#/customers',
    ready: (page) => page.locator('.customer-list a').first().waitFor(),
  },
  {
    name: 'customer',
    route: '#/customers/shop/visitor',
    ready: (page) => shows(page, '.offers', 'waiting-map'),
  },
  {
    name: 'unknown customer',
    route: '#/customers/elsewhere/visitor',
    ready: (page) => shows(page, 'main', 'The same id is known'),
  },
  {
    name: 'explained',
    route: '#/decide?tenantId=demo&customerId=visitor-1&segments=newsletter',
    ready: (page) => shows(page, '#gates', 'MultipleSimultaneousOffers'),
  },
  {
    name: 'decided',
    route: '#/decide?tenantId=demo',
    async ready(page) {
      await until(
        'the form is filled in',
        async () => (await page.locator('#decide-url').inputValue()) !== '',
      );
      // Another visitor each time, because a promise is made only once.
      await page.getByLabel('Customer id').fill(`visitor-${Math.random()}`);
      await page.getByRole('button', { name: 'Decide' }).click();
      await shows(page, '#offered', 'Promised for another');
    },
  },
  {
    name: 'nothing to decide',
    route: '#/decide?tenantId=elsewhere&customerId=visitor-1',
    ready: (page) => shows(page, '.verdict', 'There are no action maps'),
  },
  {
    name: 'action maps',
    route: '#/action-maps/demo',
    ready: (page) => shows(page, '#published', 'Revision'),
  },
  {
    name: 'no action maps',
    route: '#/action-maps/elsewhere',
    ready: (page) => page.locator('#begin').waitFor(),
  },
  { name: 'lifecycle', route: '#/lifecycles/webchat', ready: (page) => page.locator('.diagram').waitFor() },
  { name: 'nothing', route: '#/nowhere', ready: (page) => shows(page, 'h1', 'There is nothing here') },
  {
    name: 'search',
    route: '#/customers',
    async ready(page) {
      await page.getByLabel('Find a customer by id').pressSequentially('vis');
      await page.locator('[role=option]').first().waitFor();
      await page.keyboard.press('ArrowDown');
    },
  },
];

describe('with demo traffic and real events', () => {
  let visited: VisitedPage;

  beforeAll(async () => {
    visited = await openVisitedPage({ demo: true });
    const now = Date.now();
    const report = (actionState: string, agoMs: number, fields: Readonly<Record<string, unknown>>) =>
      visited.report([actionState], { occurredAt: now - agoMs, ...fields });
    const locked = { actionMapId: 'locked-map' };
    await report('qualified', 700_000, locked);
    await report('offered', 698_000, locked);
    await report('errored', 690_000, {
      ...locked,
      errorCode: '00045',
      errorMessage: 'the widget was blocked',
    });
    await report('offered', 400_000, locked);
    await report('accepted', 392_000, locked);
    await report('started', 388_500, locked);
    await report('engaged', 300_000, locked);
    await report('offered', 1_000, { ...locked, actionId: 'another-chat' });
    await report('offered', 5_000, { actionMapId: 'waiting-map' });
    await report('started', 1_000, { actionMapId: 'waiting-map' });
    await report('offered', 86_400_000, { actionMapId: 'm'.repeat(128), actionMediaType: 'contentOffer' });
  });

  afterAll(() => visited?.close());

  describe.each(looks)('$name', ({ name, ...look }) => {
    test.each(views)('$name', async (view) => {
      await visited.visit(
        view.route,
        async (page) => {
          await view.ready(page);
          await keep(page, `${view.name} ${name}`);
          expect(await violations(page)).toEqual([]);
        },
        { ...look, reducedMotion: 'reduce' },
      );
    });
  });
});

describe('without any event', () => {
  let visited: VisitedPage;

  beforeAll(async () => {
    visited = await openVisitedPage({ demo: false });
  });

  afterAll(() => visited?.close());

  test.each(looks)('$name', async ({ name, ...look }) => {
    await visited.visit(
      '',
      async (page) => {
        await shows(page, '#start', 'Nothing has arrived yet');
        await keep(page, `empty ${name}`);
        expect(await violations(page)).toEqual([]);
      },
      look,
    );
  });
});

/** What axe-core finds, in short. */
async function violations(page: Page): Promise<readonly unknown[]> {
  // Evaluated by the debugger, as a page's own script it would break the content policy.
  await page.evaluate(axe.source);
  const results = await page.evaluate<axe.AxeResults>('axe.run()');
  // It has looked at something.
  expect(results.passes.length).toBeGreaterThan(10);
  return results.violations.map(({ id, help, nodes }) => ({
    id,
    help,
    nodes: nodes.map(({ html }) => html),
  }));
}

async function keep(page: Page, name: string): Promise<void> {
  if (screenshots === undefined) return;
  await mkdir(screenshots, { recursive: true });
  await page.screenshot({ path: join(screenshots, `${name.replaceAll(/[ ,]+/g, '-')}.png`), fullPage: true });
}
