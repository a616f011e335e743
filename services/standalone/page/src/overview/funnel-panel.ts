import type { LifecycleDescription } from '@offerlock/standalone';
import { Steps } from '../shared/counts.ts';
import { createList, h, setAttributes, setText, show, type Row } from '../shared/dom.ts';
import { format } from '../shared/format.ts';
import { panel, setCount, stateChip } from '../shared/parts.ts';
import { stateLabel } from '../shared/words.ts';
import type { Numbers, Panel } from '../view.ts';
import { funnelOf, type FunnelStage, type WayOut } from './funnel.ts';

/** From the offer to the conversation, and where visitors left the way. */
export function createFunnelPanel(): Panel {
  const stages = h('ol', { class: 'funnel' });
  const choice = h('select', { id: 'funnel-media-type' });
  const chooser = h('label', { class: 'choice', for: 'funnel-media-type' }, 'Media type ', choice);
  const element = panel('From offer to conversation', { class: 'wide', id: 'funnel' }, chooser, stages);
  const options = createList<LifecycleDescription>(choice, mediaTypeOf, createOption);
  let drawn: { readonly mediaType: string; render(stages: readonly FunnelStage[]): void } | null = null;
  let latest: Numbers | null = null;

  const render = (numbers: Numbers): void => {
    latest = numbers;
    const used = numbers.lifecycles.filter(({ mediaType }) => numbers.totals.steps.has(mediaType));
    options(used);
    show(chooser, used.length > 1);
    const lifecycle =
      used.find(({ mediaType }) => mediaType === choice.value) ?? used[0] ?? numbers.lifecycles[0];
    if (lifecycle === undefined) return;
    if (drawn?.mediaType !== lifecycle.mediaType) {
      stages.replaceChildren();
      const list = createList<FunnelStage>(stages, ({ state }) => state, createStage);
      drawn = { mediaType: lifecycle.mediaType, render: list };
    }
    drawn.render(funnelOf(lifecycle, new Steps(numbers.totals.steps.get(lifecycle.mediaType))));
  };
  choice.addEventListener('change', () => {
    if (latest !== null) render(latest);
  });
  return { element, render };
}

function mediaTypeOf({ mediaType }: LifecycleDescription): string {
  return mediaType;
}

function createOption({ mediaType, title }: LifecycleDescription): Row<LifecycleDescription> {
  return { element: h('option', { value: mediaType }, title) };
}

function createStage({ state }: FunnelStage): Row<FunnelStage> {
  const count = h('span', { class: 'stage-count', 'data-stage': state });
  const rate = h('span', { class: 'stage-rate' });
  const fill = h('span', { class: 'stage-fill', 'data-state': state });
  const waysOut = h('ul', { class: 'ways-out', 'aria-label': `Ways out after ${stateLabel(state)}` });
  const outList = createList<WayOut>(waysOut, (way) => way.state, createWayOut);
  return {
    element: h(
      'li',
      { class: 'stage' },
      h('div', { class: 'stage-head' }, h('h3', {}, stateChip(state)), count, rate),
      h('div', { class: 'stage-bar', 'aria-hidden': true }, fill),
      waysOut,
    ),
    update(stage) {
      setCount(count, stage.count, 100_000_000);
      setText(rate, rateOf(stage));
      fill.style.width = `${(stage.ofFirst ?? 0) * 100}%`;
      outList([
        ...stage.waysOut,
        ...(stage.unfinished === 0
          ? []
          : [{ state: open, count: stage.unfinished, ofStage: stage.unfinished / Math.max(1, stage.count) }]),
      ]);
    },
  };
}

/** Stands among the ways out for what took none. */
const open = '';

function createWayOut({ state }: WayOut): Row<WayOut> {
  const count = h('b');
  const share = h('span', { class: 'quiet' });
  const name =
    state === open
      ? h(
          'span',
          { class: 'state', 'data-state': 'open', title: 'No further step was reported' },
          'Still open',
        )
      : stateChip(state);
  const element = h('li', {}, name, ' ', count, ' ', share);
  return {
    element,
    update(way) {
      setCount(count, way.count, 10_000_000);
      setText(share, format.share(way.ofStage));
      setAttributes(element, { 'data-none': way.count === 0 });
    },
  };
}

function rateOf({ ofPrevious, ofFirst, state }: FunnelStage): string {
  if (ofPrevious === null) return state === 'offered' ? 'further attempts included' : 'times';
  if (ofPrevious === ofFirst) return `${format.share(ofPrevious)} of the stage before`;
  return `${format.share(ofPrevious)} of the stage before, ${format.share(ofFirst)} of all`;
}
