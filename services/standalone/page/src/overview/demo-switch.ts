import type { Overview } from '@offerlock/standalone';
import { RequestFailed, switchDemo } from '../shared/api.ts';
import { button, h, setAttributes, setText, show } from '../shared/dom.ts';
import { format } from '../shared/format.ts';
import { sumOf, totalsOf } from '../shared/counts.ts';
import type { Panel } from '../view.ts';

/** Switches the simulated visitors on and off, and says whether what is shown is theirs. */
export function createDemoSwitch(): Panel {
  const label = h('span', { id: 'demo-label', class: 'demo-label' }, 'Demo traffic');
  const toggle = button(
    { class: 'switch', role: 'switch', 'aria-checked': 'false', 'aria-labelledby': 'demo-label' },
    h('span', { class: 'switch-knob' }),
    () => void flip(),
  );
  const note = h('p', { class: 'demo-note', id: 'demo-note' });
  const failure = h('p', { class: 'failure', role: 'alert' });
  const element = h('section', { class: 'demo', 'aria-label': 'Demo traffic' }, toggle, label, note, failure);
  show(failure, false);

  let running = false;
  /** What was asked for and is not confirmed yet. */
  let asked: boolean | null = null;
  let latest: { readonly overview: Overview; readonly tenant: string | null } | null = null;

  const render = (): void => {
    if (latest === null) return;
    const { overview, tenant } = latest;
    running = overview.demo.running;
    setAttributes(toggle, { 'aria-checked': String(asked ?? running), 'aria-busy': asked !== null });
    setAttributes(element, { 'data-running': running });
    setText(note, asked === null ? noteOf(overview, tenant) : asked ? 'Starting…' : 'Stopping…');
  };

  const flip = async (): Promise<void> => {
    if (asked !== null) return;
    asked = !running;
    show(failure, false);
    render();
    try {
      await switchDemo(asked);
    } catch (error) {
      setText(
        failure,
        `It could not be switched. ${error instanceof RequestFailed ? error.message : String(error)}`,
      );
      show(failure, true);
      asked = null;
    }
    render();
  };

  return {
    element,
    render({ overview, tenant }) {
      latest = { overview, tenant };
      if (overview.demo.running === asked) asked = null;
      render();
    },
  };
}

function noteOf({ demo, tenants }: Overview, tenant: string | null): string {
  const hasDemoData = sumOf(totalsOf(tenants, demo.tenant).outcomes) > 0;
  const shown = tenant === null || tenant === demo.tenant;
  if (demo.running) {
    return `Simulated visitors, about ${format.rate(demo.eventsPerSecond)} events per second, tenant “${demo.tenant}”.${
      shown ? '' : ' They are not among the numbers shown.'
    }`;
  }
  if (hasDemoData && shown)
    return `Off. The numbers include what simulated visitors did (tenant “${demo.tenant}”).`;
  return `Off. Simulated visitors would appear as tenant “${demo.tenant}”.`;
}
