import type { LifecycleDescription } from '@offerlock/standalone';
import { hrefOf } from '../route.ts';
import { Steps, totalsOf } from '../shared/counts.ts';
import { createList, h, setAttributes, setText, show } from '../shared/dom.ts';
import { viewHead } from '../shared/parts.ts';
import { createTenantChoice } from '../shared/tenant-choice.ts';
import type { View } from '../view.ts';
import { createDiagramView, type DiagramView } from './diagram-view.ts';
import { createStepTables, type StepTables } from './step-tables.ts';

/** A diagram that reads from left to right needs so much room, in px. */
const wideMin = 900;

/** A lifecycle as a diagram and as tables, with how often each step was taken. */
export function createLifecycleView(): View {
  let mediaType: string | null = null;
  const choice = createTenantChoice((tenant) => {
    location.hash = hrefOf({ view: 'lifecycle', tenant, mediaType });
  });
  const tabs = h('ul', { class: 'tabs' });
  const note = h('p', { class: 'notice' });
  const frame = h('section', { class: 'panel', 'aria-label': 'Diagram' });
  const tables = h('div', { class: 'grid' });
  const element = h(
    'div',
    {},
    viewHead(
      'Lifecycles',
      'The steps that an offer can take, and how often each was taken. A padlock marks the states that lock an offer.',
      choice.element,
    ),
    h('nav', { 'aria-label': 'Media types' }, tabs),
    note,
    frame,
    tables,
  );

  let tenant: string | null = null;
  const links = createList<LifecycleDescription>(
    tabs,
    (one) => one.mediaType,
    (one) => {
      const link = h('a', {}, one.title);
      return {
        element: h('li', {}, link),
        update: () => {
          setAttributes(link, {
            href: hrefOf({ view: 'lifecycle', tenant, mediaType: one.mediaType }),
            'aria-current': one.mediaType === mediaType ? 'page' : null,
          });
        },
      };
    },
  );

  let drawn: {
    readonly lifecycle: LifecycleDescription;
    readonly wide: boolean;
    readonly diagram: DiagramView;
    readonly tables: StepTables;
  } | null = null;

  const renew = (lifecycle: LifecycleDescription, wide: boolean): NonNullable<typeof drawn> => {
    if (drawn?.lifecycle === lifecycle && drawn.wide === wide) return drawn;
    const diagram = createDiagramView(lifecycle, wide ? 'right' : 'down');
    const stepTables = createStepTables(lifecycle);
    frame.replaceChildren(diagram.element);
    tables.replaceChildren(...stepTables.elements);
    return { lifecycle, wide, diagram, tables: stepTables };
  };

  return {
    element,
    render({ overview, lifecycles }, route) {
      const asked = route.view === 'lifecycle' ? route.mediaType : null;
      const lifecycle = asked === null ? lifecycles[0] : lifecycles.find((one) => one.mediaType === asked);
      mediaType = lifecycle?.mediaType ?? asked;
      tenant = route.tenant;
      show(choice.element, overview !== null);
      if (overview !== null) choice.render(overview, tenant);
      links(lifecycles);
      show(note, lifecycle === undefined);
      show(frame, lifecycle !== undefined);
      show(tables, lifecycle !== undefined);
      if (lifecycle === undefined) {
        setText(note, lifecycles.length === 0 ? 'Loading…' : `There is no lifecycle “${asked ?? ''}”.`);
        return;
      }
      drawn = renew(lifecycle, frame.clientWidth >= wideMin);
      const steps = new Steps(totalsOf(overview?.tenants ?? {}, tenant).steps.get(lifecycle.mediaType));
      drawn.diagram.render(steps);
      drawn.tables.render(steps);
    },
  };
}
