import type { ActionMap, ActionMapsFile } from '@offerlock/lifecycle';
import { h, type Child } from '../shared/dom.ts';
import { invitationPreview } from '../shared/invitation.ts';
import { fact, jsonDetails, timeElement } from '../shared/parts.ts';
import { conditionSentences, standingLabels, standingOf, weightLabels } from './map-words.ts';

/** One action map: whether it is in force, what must hold, and what the visitor reads. */
export function createMapCard(
  map: ActionMap,
  earlier: readonly number[],
  file: ActionMapsFile,
  nowMs: number,
): HTMLElement {
  const headingId = `map-${map.id}`;
  const standing = standingOf(map, nowMs);
  const conditions = conditionSentences(map, file);
  return h(
    'article',
    { class: 'panel action-map', 'data-map': map.id, 'aria-labelledby': headingId },
    h(
      'div',
      { class: 'panel-head' },
      h('h3', { id: headingId }, map.displayName),
      h('span', { class: 'standing', 'data-standing': standing }, standingLabels[standing]),
    ),
    h(
      'p',
      { class: 'quiet' },
      h('span', { class: 'id' }, map.id),
      ` · version ${map.version}`,
      earlier.length === 0 ? null : `, after ${earlier.join(', ')}`,
    ),
    invitationPreview(map.action.invitation),
    h(
      'dl',
      { class: 'facts' },
      fact('Dates', ...dates(map, nowMs)),
      fact('Weight', weightLabels[map.weight]),
      map.action.actionTargetId === null
        ? null
        : fact('Goes to', h('span', { class: 'id' }, map.action.actionTargetId)),
      fact(
        'Conditions',
        conditions.length === 0
          ? 'None: it fits every page and every visitor.'
          : h('ul', {}, ...conditions.map((condition) => h('li', {}, condition))),
      ),
    ),
    jsonDetails(map),
  );
}

function dates({ startDate, endDate }: ActionMap, nowMs: number): readonly Child[] {
  const since = ['from ', timeElement(Date.parse(startDate), nowMs)];
  return endDate === null ? since : [...since, ' until ', timeElement(Date.parse(endDate), nowMs)];
}
