import { h, setText, show } from '../shared/dom.ts';
import type { Panel } from '../view.ts';

/** Partitions that do not get on, and why. Hidden while all do. */
export function createProblems(): Panel {
  const text = h('p');
  const element = h('div', { class: 'notice', 'data-kind': 'problem', role: 'alert' }, text);
  return {
    element,
    render({ overview }) {
      const problems = overview.partitions.filter(({ problem }) => problem !== null);
      show(element, problems.length > 0);
      setText(
        text,
        problems
          .map(({ partition, status, problem }) => `Partition ${partition} is ${status}: ${problem ?? ''}`)
          .join(' '),
      );
    },
  };
}
