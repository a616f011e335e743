import { h, setText } from '../shared/dom.ts';
import { Steps, sumOf } from '../shared/counts.ts';
import { format } from '../shared/format.ts';
import { setCount } from '../shared/parts.ts';
import type { Numbers, Panel } from '../view.ts';
import { accountOf } from './account.ts';

const tenMillion = 10_000_000;

/** The few numbers that tell whether it runs and what it is good for. */
export function createTiles(): Panel {
  const speed = tile('Events per second');
  const offers = tile('Offers followed');
  const locked = tile('Locked');
  const stopped = tile('Stopped by a lock');
  return {
    element: h(
      'dl',
      { class: 'tiles', id: 'tiles' },
      ...[speed, offers, locked, stopped].map(({ element }) => element),
    ),
    render(numbers) {
      const { overview, totals, tenant } = numbers;
      speed.set(overview.eventsPerSecond, `${format.count(accountOf(overview).folded)} in all`);
      offers.set(overview.offers, tenant === null ? 'customers × action maps' : 'of all tenants');
      const locks = locksOf(numbers);
      locked.set(locks, 'offers that are over');
      const refused = totals.deadLetters.get('TERMINAL_LOCKED') ?? 0;
      const all = sumOf(totals.outcomes);
      stopped.set(refused, `${format.share(all === 0 ? null : refused / all)} of all events`);
    },
  };
}

function locksOf({ lifecycles, totals }: Numbers): number {
  let locks = 0;
  for (const { mediaType, terminal } of lifecycles) {
    const steps = new Steps(totals.steps.get(mediaType));
    for (const state of terminal) locks += steps.reached(state);
  }
  return locks;
}

function tile(name: string): { readonly element: HTMLElement; set(value: number, note: string): void } {
  const value = h('span', { class: 'tile-value' });
  const note = h('span', { class: 'tile-note' });
  return {
    element: h('div', { class: 'tile' }, h('dt', {}, name), h('dd', {}, value, note)),
    set(number, explanation) {
      if (number < 100) setText(value, format.rate(number));
      else setCount(value, number, tenMillion);
      setText(note, explanation);
    },
  };
}
