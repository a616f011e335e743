import type { RecentEvent } from '@offerlock/standalone';
import { button, createList, h, setAttributes, setText, show, type Row } from '../shared/dom.ts';
import { customerLink, panel, stateChip, tenantBadge, timeElement } from '../shared/parts.ts';
import type { Numbers, Panel } from '../view.ts';

const rowsMax = 16;

/** Events as they come in. The list can be held, because it is hard to read or click what moves. */
export function createRecentPanel(): Panel {
  const rows = h('tbody');
  const none = h('p', { class: 'quiet' }, 'None of the latest events belongs to this tenant.');
  let nowMs = 0;
  let held = false;
  const list = createList<RecentEvent>(rows, placeOf, (event) => createLine(event, nowMs));
  const hold = button({ class: 'plain', 'aria-pressed': 'false' }, 'Hold', () => {
    held = !held;
    setAttributes(hold, { 'aria-pressed': String(held) });
    setText(hold, held ? 'Held' : 'Hold');
  });
  const element = panel(
    'Events flowing in',
    { class: 'recent', id: 'recent' },
    hold,
    h(
      'table',
      { class: 'events' },
      h('caption', { class: 'hidden' }, 'The latest events, newest first'),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          ...['Received', 'Step', 'Customer', 'Action map', 'Tenant'].map((name) =>
            h('th', { scope: 'col' }, name),
          ),
        ),
      ),
      rows,
    ),
    none,
  );
  return {
    element,
    render(numbers: Numbers) {
      if (held) return;
      nowMs = numbers.nowMs;
      const shown = numbers.recent.events.filter(
        ({ tenantId }) => numbers.tenant === null || tenantId === numbers.tenant,
      );
      list(shown.slice(0, rowsMax));
      show(none, shown.length === 0);
    },
  };
}

function placeOf({ partition, offset }: RecentEvent): string {
  return `${partition}:${offset}`;
}

function createLine(event: RecentEvent, nowMs: number): Row<RecentEvent> {
  return {
    element: h(
      'tr',
      {},
      h('td', { class: 'when' }, timeElement(event.receivedAt, nowMs)),
      h('td', { class: 'step' }, stateChip(event.actionState)),
      h('td', { class: 'who' }, customerLink(event.tenantId, event.customerId)),
      h('td', { class: 'what' }, h('span', { class: 'id', title: event.actionMapId }, event.actionMapId)),
      h('td', { class: 'whose' }, tenantBadge(event.tenantId)),
    ),
  };
}
