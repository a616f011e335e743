import type { RefusedEvent } from '@offerlock/standalone';
import { createList, h, show, type Row } from '../shared/dom.ts';
import { customerLink, panel, setAgo, stateChip, tenantBadge } from '../shared/parts.ts';
import { reasonSentence } from '../shared/words.ts';
import type { Panel } from '../view.ts';

const rowsMax = 7;

/** The latest dead letters, and why they were refused in plain words. */
export function createRefusedPanel(): Panel {
  const items = h('ul', { class: 'refused-list' });
  const none = h('p', { class: 'quiet' }, 'No event was refused lately.');
  let nowMs = 0;
  const list = createList<RefusedEvent>(
    items,
    ({ partition, offset, reason }) => `${partition}:${offset}:${reason}`,
    (refused) => createItem(refused, () => nowMs),
  );
  return {
    element: panel('Refused lately', { class: 'refused', id: 'refused' }, null, items, none),
    render(numbers) {
      nowMs = numbers.nowMs;
      const shown = numbers.recent.refused.filter(
        ({ tenantId }) => numbers.tenant === null || tenantId === numbers.tenant,
      );
      list(shown.slice(0, rowsMax));
      show(none, shown.length === 0);
    },
  };
}

function createItem(refused: RefusedEvent, nowMs: () => number): Row<RefusedEvent> {
  const { tenantId, customerId, actionMapId, actionState } = refused;
  const when = h('time');
  return {
    element: h(
      'li',
      {},
      h(
        'p',
        { class: 'refused-why' },
        actionState === null ? null : stateChip(actionState),
        h('span', {}, reasonSentence(refused.reason)),
      ),
      h('p', { class: 'refused-detail' }, h('code', {}, refused.reason), ' ', refused.detail),
      h(
        'p',
        { class: 'refused-whose' },
        when,
        tenantId === null ? null : tenantBadge(tenantId),
        tenantId === null || customerId === null ? null : customerLink(tenantId, customerId),
        actionMapId === null ? null : h('span', { class: 'id', title: actionMapId }, actionMapId),
      ),
    ),
    update() {
      setAgo(when, refused.refusedAt, nowMs());
    },
  };
}
