import type { Overview } from '@offerlock/standalone';
import { createList, h, show } from './dom.ts';

export interface TenantChoice {
  readonly element: HTMLElement;
  render(overview: Overview, chosen: string | null): void;
}

const all = '';
/** Under this name the server counts the tenants that are too many to be counted apart. */
const others = '*';

/** Chooses whose numbers are shown. Hidden where there is nothing to choose. */
export function createTenantChoice(onChoice: (tenant: string | null) => void): TenantChoice {
  const select = h('select', { id: 'tenant' });
  const element = h('label', { class: 'choice', for: 'tenant' }, 'Tenant ', select);
  const options = createList<{ readonly value: string; readonly text: string }>(
    select,
    ({ value, text }) => `${value} ${text}`,
    ({ value, text }) => ({ element: h('option', { value }, text) }),
  );
  select.addEventListener('change', () => {
    onChoice(select.value === all ? null : select.value);
  });
  return {
    element,
    render({ tenants, demo }, chosen) {
      const ids = new Set(Object.keys(tenants).filter((id) => id !== all));
      if (chosen !== null) ids.add(chosen);
      options([
        { value: all, text: 'All tenants' },
        ...[...ids].sort().map((id) => ({ value: id, text: labelOf(id, demo.tenant) })),
      ]);
      show(element, ids.size > 0);
      select.value = chosen ?? all;
    },
  };
}

function labelOf(tenantId: string, demoTenant: string): string {
  if (tenantId === others) return 'Other tenants together';
  return tenantId === demoTenant ? `${tenantId} (simulated)` : tenantId;
}
