import type { Overview } from '@offerlock/standalone';
import { h, setText, show } from './shared/dom.ts';
import { format } from './shared/format.ts';

export interface About {
  readonly element: HTMLElement;
  render(overview: Overview | null, nowMs: number): void;
}

/** The foot of the page: where the data lies, since when the server runs, and what programs can read. */
export function createAbout(): About {
  const path = h('span', { class: 'id' });
  const size = h('span');
  const started = h('span');
  const facts = h('p', {}, 'Data in ', path, ', ', size, '. Server started ', started, '.');
  show(facts, false);
  return {
    element: h(
      'div',
      { class: 'about' },
      facts,
      h(
        'p',
        {},
        h('a', { href: '/openapi.json' }, 'OpenAPI'),
        ' ',
        h('a', { href: '/metrics' }, 'Metrics for Prometheus'),
      ),
    ),
    render(overview, nowMs) {
      if (overview === null) return;
      show(facts, true);
      setText(path, overview.directory.path);
      setText(size, format.bytes(overview.directory.bytes));
      setText(started, format.ago(overview.startedAt, nowMs));
      started.title = format.utc(overview.startedAt);
    },
  };
}
