import { h, type Child } from '../shared/dom.ts';
import { fact } from '../shared/parts.ts';
import { gateLabels } from '../shared/offer-gates.ts';
import type { GateVerdict, MapStop, MapVerdict } from './verdict.ts';

const resultWords: Readonly<Record<GateVerdict['result'], string>> = {
  passed: 'passed',
  stopped: 'stopped',
  'not-reached': 'not reached',
};

/** The names of the gates above the rows; each row says them too, for those who do not see the columns. */
export function gateHeads(): HTMLElement {
  return h(
    'div',
    { class: 'map-row gate-heads', 'aria-hidden': true },
    h('span'),
    h('div', { class: 'gates' }, ...Object.values(gateLabels).map((label) => h('span', {}, label))),
    h('span'),
  );
}

/** What the marks mean, for those who see them. */
export function gateLegend(): HTMLElement {
  return h(
    'p',
    { class: 'gate-legend quiet', 'aria-hidden': true },
    ...Object.entries(resultWords).flatMap(([result, words]) => [
      h('span', { class: 'gate', 'data-result': result }),
      h('span', {}, words),
    ]),
  );
}

/** One map: its name, how far it came through the gates, and what stopped it. */
export function mapRow(verdict: MapVerdict, mediaTypeTitle: string): HTMLElement {
  const { actionMapId, actionMapVersion, displayName, gates, stop } = verdict;
  return h(
    'li',
    { class: 'map-row', 'data-map': actionMapId, 'data-outcome': stop === null ? 'offered' : 'held-back' },
    h(
      'div',
      { class: 'map-name' },
      h('h3', {}, displayName ?? h('span', { class: 'id' }, actionMapId)),
      h(
        'p',
        { class: 'quiet' },
        displayName === null ? null : h('span', { class: 'id' }, actionMapId),
        displayName === null ? null : ' · ',
        `version ${actionMapVersion} · ${mediaTypeTitle}`,
      ),
    ),
    h('ol', { class: 'gates', 'aria-label': 'Gates' }, ...gates.map(gateMark)),
    h('div', { class: 'map-why' }, ...(stop === null ? [offeredWords()] : stopWords(stop, gates))),
  );
}

function gateMark({ gate, result, asks }: GateVerdict): HTMLElement {
  return h(
    'li',
    { class: 'gate', 'data-result': result, title: `${gateLabels[gate]}: ${asks ?? resultWords[result]}` },
    h('span', { class: 'hidden' }, `${gateLabels[gate]}: ${resultWords[result]}`),
  );
}

function offeredWords(): Child {
  return h('p', { class: 'map-offered' }, 'Passes every gate.');
}

function stopWords(stop: MapStop, gates: readonly GateVerdict[]): readonly Child[] {
  const { gate, reason, vendorReason, why, blockingActionMapId, frequencyCap } = stop;
  const place = gates.findIndex((one) => one.gate === gate) + 1;
  return [
    h(
      'p',
      {},
      h('b', {}, gateLabels[gate]),
      h('span', { class: 'quiet' }, ` (gate ${place} of ${gates.length})`),
    ),
    h('p', {}, why),
    h(
      'dl',
      { class: 'map-codes' },
      code('Reason', reason),
      vendorReason === reason ? fact('Vendor’s name', 'the same') : code('Vendor’s name', vendorReason),
      code('Blocked by', blockingActionMapId),
      code('Cap', frequencyCap),
    ),
  ];
}

function code(name: string, value: string | null): Child {
  return value === null ? null : fact(name, h('span', { class: 'id' }, value));
}
