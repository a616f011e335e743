import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { until } from '../support/until.ts';
import { openVisitedPage, shows, type VisitedPage } from './visited-page.ts';

/*
 * Decisions as a reader of the page makes them, in a real Chromium against the real process. Every visit ends with a
 * page that had no error, broke no content policy and asked no other host.
 */

let visited: VisitedPage;

beforeAll(async () => {
  visited = await openVisitedPage({ demo: true });
  await visited.publishMaps('shop', [
    mapOf('pricing-help', {
      weight: 3,
      pageUrlConditions: [{ operator: 'containsAny', values: ['/pricing'] }],
    }),
    mapOf('welcome', { weight: 1 }),
    mapOf('switched-off', { isActive: false }),
    mapOf('readers', { triggerWithSegments: ['newsletter'] }),
    mapOf('full-cart', {
      triggerWithEventConditions: [
        {
          streamType: 'Web',
          eventName: 'cart_changed',
          key: 'total',
          operator: 'greaterThan',
          values: ['100'],
        },
      ],
    }),
  ]);
});

afterAll(() => visited?.close());

describe('a decision', () => {
  test('works at first sight with the maps of the demo', () =>
    cleanVisit('', async (page) => {
      await page.getByRole('link', { name: 'Decide', exact: true }).click();
      await until(
        'the form is filled in',
        async () => (await page.getByLabel('Tenant').inputValue()) === 'demo',
      );
      await explain(page);
      await shows(page, '.verdict', /of 13 action maps would be offered\./);
      await shows(page, '#offered', 'What the visitor reads');
      expect(await page.title()).toMatch(/^Decide.* · Offerlock$/);
    }));

  test('is explained without effect, taken, refused while it is promised, and released', () =>
    cleanVisit(linkTo('reserving'), async (page) => {
      await shows(page, '.verdict', '1 of 5 action maps would be offered.');
      await explain(page);
      await shows(page, '.verdict', '1 of 5 action maps would be offered.');
      await shows(page, '#offered .invitation', /Questions\?.*Does pricing-help help\?.*Yes.*No/);
      expect(await page.getByRole('button', { name: 'Release' }).count()).toBe(0);
      expect(await gatesOf(page, 'pricing-help')).toEqual({ passed: 12, stopped: [] });
      expect(await gatesOf(page, 'welcome')).toEqual({ passed: 9, stopped: ['Priority: stopped'] });
      await shows(
        page,
        row('welcome'),
        /Priority \(gate 10 of 12\).*pricing-help.*MultipleSimultaneousOffers/,
      );
      expect(await gatesOf(page, 'switched-off')).toEqual({ passed: 1, stopped: ['Active: stopped'] });
      await shows(page, row('switched-off'), 'The map is switched off.');

      await decide(page);
      await shows(page, '.verdict', '1 of 5 action maps is offered and promised.');
      await shows(page, '.promise', /Promised for another \d+ s/);

      await decide(page);
      await shows(page, '.verdict', 'Nothing is offered: all 5 action maps are stopped.');
      await shows(page, row('pricing-help'), 'Reserved');
      await shows(page, row('welcome'), 'MediaTypeBusy');
      await explain(page);
      await shows(page, '.verdict', 'Nothing would be offered: all 5 action maps are stopped.');
      await shows(page, row('pricing-help'), 'The offer is promised and not shown yet.');
    }));

  test('can be taken back, so that the next one is offered again', () =>
    cleanVisit(linkTo('releasing'), async (page) => {
      await shows(page, '.verdict', '1 of 5');
      await decide(page);
      await page.getByRole('button', { name: 'Release' }).click();
      await shows(page, '.promise', 'Released: it may be offered again.');
      expect(await page.getByRole('button', { name: 'Release' }).count()).toBe(0);
      await decide(page);
      await shows(page, '.verdict', '1 of 5 action maps is offered and promised.');
      await shows(page, '.promise', /Promised for another/);
    }));

  test('is no longer made once the visitor has rejected the offer', () =>
    cleanVisit(linkTo('rejecting'), async (page) => {
      await shows(page, '.verdict', '1 of 5');
      await decide(page);
      await shows(page, '.promise', /Promised for another/);
      const actionId = await page.locator('#offered [data-action-id]').getAttribute('data-action-id');
      const offer = { actionId, actionMapId: 'pricing-help', customerId: 'rejecting', sessionId: 'visit-1' };
      await visited.report(['offered', 'rejected'], offer);
      await visited.standalone.drained();
      await decide(page);
      await shows(page, row('pricing-help'), 'TerminalState');
      await explain(page);
      await shows(page, row('pricing-help'), /It was rejected at .*, and its re-offer scope is never\./);

      await page.getByRole('link', { name: 'What became of the offers to this customer' }).click();
      await shows(page, 'h1', 'rejecting');
      await shows(page, '.offer', /pricing-help.*It ended as rejected/);
      await page.getByRole('link', { name: 'Why is something (not) offered?' }).click();
      await shows(page, row('pricing-help'), 'TerminalState');
      expect(await page.getByLabel('Session id').inputValue()).toBe('visit-1');
    }));

  test('is asked with segments and events, and all of it is in the address', () =>
    cleanVisit('#/decide', async (page) => {
      const events = JSON.stringify([
        { streamType: 'Web', sessionType: 'web', eventName: 'cart_changed', attributes: { total: 120 } },
      ]);
      const typed = {
        Tenant: 'shop',
        'Customer id': 'linked',
        'Session id': 'visit-7',
        'Address of the page': 'https://shop.example/cart?a=1&b=2#top',
        Segments: 'newsletter, vip',
        'Events of the customer': events,
      };
      await until('the form is filled in', async () => (await page.getByLabel('Tenant').inputValue()) !== '');
      await page.getByText('Segments and events').click();
      for (const [label, value] of Object.entries(typed)) await page.getByLabel(label).fill(value);
      await explain(page);
      await shows(page, row('full-cart'), /Passes every gate|MultipleSimultaneousOffers/);
      await shows(page, row('readers'), /Passes every gate|MultipleSimultaneousOffers/);

      const address = page.url();
      await page.goto('about:blank');
      await page.goto(address);
      await shows(page, row('full-cart'), /Passes every gate|MultipleSimultaneousOffers/);
      for (const [label, value] of Object.entries(typed)) {
        expect([label, await page.getByLabel(label).inputValue()]).toEqual([label, value]);
      }
      await page.getByLabel('Segments', { exact: true }).fill('');
      await explain(page);
      await shows(page, row('readers'), 'None of these segments is assigned: newsletter.');
      await page.goBack();
      await shows(page, row('readers'), /Passes every gate|MultipleSimultaneousOffers/);
      expect(await page.getByLabel('Segments', { exact: true }).inputValue()).toBe('newsletter, vip');
    }));

  test('can be made with the keyboard alone', () =>
    cleanVisit('#/decide', async (page) => {
      await until('the form is filled in', async () => (await page.getByLabel('Tenant').inputValue()) !== '');
      await page.getByLabel('Tenant').focus();
      for (const text of ['shop', 'keyboard', 'visit-1', 'https://shop.example/pricing']) {
        await page.keyboard.press('ControlOrMeta+A');
        await page.keyboard.type(text);
        await page.keyboard.press('Tab');
      }
      // Past what can be opened, to the first of the two ways to ask.
      expect(await focusedText(page)).toBe('Segments and events');
      await page.keyboard.press('Tab');
      expect(await focusedText(page)).toBe('Explain');
      await page.keyboard.press('Enter');
      await shows(page, '.verdict', '1 of 5 action maps would be offered.');
      expect(await focusedText(page)).toBe('Explain');
      await page.keyboard.press('Tab');
      expect(await focusedText(page)).toBe('Decide');
      await page.keyboard.press('Space');
      await shows(page, '.verdict', '1 of 5 action maps is offered and promised.');
      expect(await focusedText(page)).toBe('Decide');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
      expect(await focusedText(page)).toBe('Release');
      await page.keyboard.press('Enter');
      await shows(page, '.promise', 'Released');
    }));

  test('says what is wrong with what was typed', () =>
    cleanVisit(linkTo('typing'), async (page) => {
      await shows(page, '.verdict', '1 of 5');
      await page.getByText('Segments and events').click();
      await page.getByLabel('Events of the customer').fill('{ "eventName": "cart" }');
      await page.getByRole('button', { name: 'Explain' }).click();
      await shows(page, '.decide-form .failure', 'Events: expected a JSON list');
      await page.getByLabel('Events of the customer').fill('');
      await page.getByLabel('Customer id').fill('two words');
      await page.getByRole('button', { name: 'Decide' }).click();
      expect(await page.locator('#decide-customerId:invalid').count()).toBe(1);
    }));

  test('that the server refuses is told with its words', async () => {
    const problems = await visited.visit(linkTo('refusing'), async (page) => {
      await shows(page, '.verdict', '1 of 5');
      await page.getByText('Segments and events').click();
      await page.getByLabel('Events of the customer').fill('[{ "eventName": "cart" }]');
      await page.getByRole('button', { name: 'Explain' }).click();
      await shows(page, '.notice[role=alert]', 'streamType');
    });
    // Chromium itself writes every 400 to the console.
    expect(problems.filter((problem) => !problem.includes('400'))).toEqual([]);
  });

  test('for a tenant without maps leads to how some are published', () =>
    cleanVisit('#/decide?tenantId=nobody&customerId=ann', async (page) => {
      await shows(page, '.verdict', 'There are no action maps, so nothing is offered.');
      await page.getByRole('link', { name: 'How to publish some' }).click();
      await shows(page, '#begin', /curl .*tenantId=nobody/);
      expect(new URL(page.url()).hash).toBe('#/action-maps/nobody');
    }));
});

describe('the action maps', () => {
  test('are listed with what must hold, what the visitor reads, and as they were published', () =>
    cleanVisit('#/action-maps', async (page) => {
      await shows(page, 'main', '13 action maps of tenant “demo”.');
      await page.getByLabel('Tenant').fill('shop');
      await page.getByLabel('Tenant').press('Enter');
      await shows(page, 'main', '5 action maps of tenant “shop”.');
      expect(new URL(page.url()).hash).toBe('#/action-maps/shop');
      await shows(page, '[data-map="pricing-help"]', 'The address of the page contains “/pricing”.');
      await shows(page, '[data-map="pricing-help"] .invitation', 'Does pricing-help help?');
      await shows(page, '[data-map="switched-off"] .standing', 'Switched off');
      await shows(page, '#published', 'Revision 1');
      await page.locator('#published').getByText('As JSON').click();
      await shows(page, '#published pre', '"id": "switched-off"');
    }));

  test('that a tenant lacks can be published: for the demo tenant with one click', async () => {
    const quiet = await openVisitedPage({ demo: false });
    try {
      expect(
        await quiet.visit('#/action-maps/demo', async (page) => {
          await shows(page, 'main', 'Tenant “demo” has no action maps');
          await page.getByRole('button', { name: 'Publish sample maps' }).click();
          await shows(page, 'main', '13 action maps of tenant “demo”.');
          await page.reload();
          await shows(page, 'main', '13 action maps of tenant “demo”.');
        }),
      ).toEqual([]);
    } finally {
      await quiet.close();
    }
  });
});

const anywhere = { prompt: '', title: 'Questions?', acceptText: 'Yes', declineText: 'No' };

function mapOf(id: string, fields: Readonly<Record<string, unknown>>): object {
  return {
    id,
    version: 1,
    displayName: `Map ${id}`,
    startDate: '2020-01-01T00:00:00Z',
    action: { mediaType: 'webchat', invitation: { ...anywhere, prompt: `Does ${id} help?` } },
    ...fields,
  };
}

function linkTo(customerId: string): string {
  const url = encodeURIComponent('https://shop.example/pricing');
  return `#/decide?tenantId=shop&customerId=${customerId}&sessionId=visit-1&url=${url}`;
}

function row(actionMapId: string): string {
  return `.map-row[data-map="${actionMapId}"]`;
}

async function explain(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Explain' }).click();
  await shows(page, '.result', 'Explained, without effect');
}

async function decide(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Decide' }).click();
  await shows(page, '.result', 'Decided at');
}

/** What the gates of a map say to a screen reader. */
async function gatesOf(page: Page, actionMapId: string): Promise<{ passed: number; stopped: string[] }> {
  const texts = await page.locator(`${row(actionMapId)} .gates li`).allTextContents();
  expect(texts.length).toBe(12);
  return {
    passed: texts.filter((text) => text.endsWith(': passed')).length,
    stopped: texts.filter((text) => text.endsWith(': stopped')),
  };
}

function focusedText(page: Page): Promise<string> {
  return page.evaluate('document.activeElement.textContent.trim()');
}

/** A visit after which the page must have nothing to be blamed for. */
async function cleanVisit(...visit: Parameters<VisitedPage['visit']>): Promise<void> {
  expect(await visited.visit(...visit)).toEqual([]);
}
