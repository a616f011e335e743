import type { PublishedActionMaps } from '@offerlock/standalone';
import { hrefOf, type Route } from '../route.ts';
import { applyActionMaps, getActionMaps, getSampleMaps, RequestFailed } from '../shared/api.ts';
import { createCommand } from '../shared/command.ts';
import { button, h, setText, show, type Child } from '../shared/dom.ts';
import { format } from '../shared/format.ts';
import type { Installation, Snapshot } from '../shared/installation.ts';
import { jsonDetails, panel, timeElement, viewHead } from '../shared/parts.ts';
import { chosenTenant, createTenantInput } from '../shared/tenant-input.ts';
import type { View } from '../view.ts';
import { createMapCard } from './map-card.ts';
import { capSentence, mapsInForce } from './map-words.ts';

const againMs = 100;
const triesMax = 50;

/** The rules of a tenant: which maps offer what, to whom, and how they are changed. */
export function createActionMapsView(installation: Installation): View {
  const failure = h('p', { class: 'notice', 'data-kind': 'problem', role: 'alert' });
  const summary = h('p', { class: 'lede', role: 'status' });
  const body = h('div', { class: 'action-maps' });
  const tenant = createTenantInput((tenantId) => {
    location.hash = hrefOf({ view: 'actionMaps', tenant: numbersOf, tenantId });
  });
  let numbersOf: string | null = null;
  let shownFor: string | null = null;
  let loading = new AbortController();
  show(failure, false);
  setText(summary, 'Loading…');

  /** What was just published may be read a moment later: until then the page asks again. */
  const load = async (tenantId: string, revisionMin = 0): Promise<void> => {
    loading.abort();
    loading = new AbortController();
    const { signal } = loading;
    try {
      let published = await getActionMaps(tenantId, signal);
      for (let tries = 0; published.revision < revisionMin && tries < triesMax; tries += 1) {
        await new Promise((resolve) => setTimeout(resolve, againMs));
        published = await getActionMaps(tenantId, signal);
      }
      if (signal.aborted) return;
      show(failure, false);
      showMaps(published);
    } catch (error) {
      if (signal.aborted) return;
      fail('The action maps could not be loaded.', error);
      setText(summary, '');
      body.replaceChildren(button({ class: 'plain' }, 'Try again', () => void load(tenantId)));
    }
  };

  const fail = (what: string, error: unknown): void => {
    if (!(error instanceof RequestFailed)) throw error;
    setText(failure, `${what} ${error.message}`);
    show(failure, true);
  };

  const showMaps = (published: PublishedActionMaps): void => {
    const { nowMs, lifecycles, overview } = installation.snapshot();
    const { tenantId, document } = published;
    const maps = mapsInForce(document);
    const titleOf = (mediaType: string): string =>
      lifecycles.find((lifecycle) => lifecycle.mediaType === mediaType)?.title ?? mediaType;
    if (maps.length === 0) {
      setText(summary, `Tenant “${tenantId}” has no action maps, so nothing is offered to its visitors.`);
      body.replaceChildren(
        panel(
          'Begin with some',
          { class: 'spaced', id: 'begin' },
          null,
          ...(tenantId === overview?.demo.tenant ? samples(tenantId) : []),
          ...howToChange(tenantId, 'services/standalone/demo/action-maps.json'),
        ),
      );
      return;
    }
    setText(
      summary,
      `${format.count(maps.length)} action ${maps.length === 1 ? 'map' : 'maps'} of tenant “${tenantId}”.`,
    );
    const used = new Set<string>(maps.map(({ map }) => map.action.mediaType));
    const mediaTypes = lifecycles
      .map(({ mediaType }) => mediaType)
      .filter((mediaType) => used.has(mediaType));
    const caps = Object.entries(document.frequencyCaps).flatMap(([mediaType, cap]) => {
      const sentence = capSentence(titleOf(mediaType), cap);
      return sentence === null ? [] : [sentence];
    });
    body.replaceChildren(
      ...mediaTypes.map((mediaType) => {
        const headingId = `media-${mediaType}`;
        return h(
          'section',
          { 'aria-labelledby': headingId },
          h('h2', { id: headingId }, titleOf(mediaType)),
          h(
            'div',
            { class: 'action-map-cards' },
            ...maps
              .filter(({ map }) => map.action.mediaType === mediaType)
              .map(({ map, earlier }) => createMapCard(map, earlier, document, nowMs)),
          ),
        );
      }),
      panel(
        'As published',
        { class: 'spaced', id: 'published' },
        null,
        h('p', {}, `Revision ${published.revision}`, ...changedWords(published, nowMs), '.'),
        ...caps.map((sentence) => h('p', {}, sentence)),
        jsonDetails(document),
        ...howToChange(tenantId, 'action-maps.json'),
      ),
    );
  };

  const samples = (tenantId: string): readonly Child[] => {
    const publish = button({ class: 'main-action' }, 'Publish sample maps', () => void take());
    const take = async (): Promise<void> => {
      publish.disabled = true;
      try {
        await load(tenantId, await applyActionMaps(tenantId, await getSampleMaps()));
        // The button is gone, and with it the place of whoever pressed it.
        head.querySelector('h1')?.focus();
      } catch (error) {
        fail('They could not be published.', error);
        publish.disabled = false;
      }
    };
    return [
      h('p', {}, 'Maps of the same ids as those of the simulated visitors, to try decisions with.'),
      publish,
    ];
  };

  const head = viewHead(
    'Action maps',
    'The rules that offer something: where, to whom, when and with which words. Whoever decides on offers reads them.',
    tenant.element,
  );
  return {
    element: h('div', {}, head, failure, summary, body),
    render(snapshot, route) {
      if (route.view !== 'actionMaps' || snapshot.overview === null) return;
      numbersOf = route.tenant;
      const tenantId = tenantOf(snapshot, route);
      tenant.render(snapshot, tenantId);
      // Titles of media types come with the lifecycles.
      if (snapshot.lifecycles.length === 0 || shownFor === tenantId) return;
      shownFor = tenantId;
      void load(tenantId);
    },
    close: () => {
      loading.abort();
    },
  };
}

function tenantOf(snapshot: Snapshot, route: Route & { readonly view: 'actionMaps' }): string {
  return route.tenantId ?? chosenTenant(snapshot, route.tenant);
}

function changedWords({ changedAt, changedBy }: PublishedActionMaps, nowMs: number): readonly Child[] {
  if (changedAt === null) return [];
  return [', published ', timeElement(changedAt, nowMs), changedBy === null ? null : ` by ${changedBy}`];
}

/** The document is changed as a file, by those who keep it under version control. */
function howToChange(tenantId: string, file: string): readonly Child[] {
  const address = `${location.origin}/v1/action-maps?tenantId=${encodeURIComponent(tenantId)}`;
  return [
    h(
      'p',
      {},
      'Maps are published as a JSON file. What it says is added to what is published; a version never changes, and nothing is deleted: to end a map, publish a next version of it that is switched off. ',
      h('a', { href: '/v1/action-maps/schema' }, 'Schema of the file'),
    ),
    createCommand(`curl '${address}' -H 'content-type: application/json' -d @${file}`),
  ];
}
