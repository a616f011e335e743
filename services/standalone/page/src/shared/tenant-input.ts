import { h } from './dom.ts';
import type { Snapshot } from './installation.ts';

export interface TenantInput {
  readonly element: HTMLElement;
  render(snapshot: Snapshot, chosen: string): void;
}

/** Asks for one tenant: those that are known are suggested, and others can be typed. */
export function createTenantInput(onChoice: (tenantId: string) => void): TenantInput {
  const suggestions = createTenantSuggestions('tenant-suggestions');
  const input = h('input', {
    id: 'tenant-id',
    type: 'text',
    list: 'tenant-suggestions',
    autocapitalize: 'off',
    spellcheck: 'false',
    maxlength: 128,
  });
  input.addEventListener('change', () => {
    const typed = input.value.trim();
    if (typed !== '') onChoice(typed);
  });
  let chosenBefore: string | null = null;
  return {
    element: h('label', { class: 'choice', for: 'tenant-id' }, 'Tenant ', input, suggestions.element),
    render(snapshot, chosen) {
      suggestions.render(snapshot);
      if (chosen === chosenBefore) return;
      chosenBefore = chosen;
      input.value = chosen;
    },
  };
}

/** The tenants that are known, for an input to suggest. */
export function createTenantSuggestions(id: string): {
  readonly element: HTMLElement;
  render(snapshot: Snapshot): void;
} {
  const element = h('datalist', { id });
  let drawn = '';
  return {
    element,
    render(snapshot) {
      const tenants = knownTenants(snapshot);
      if (tenants.join() === drawn) return;
      drawn = tenants.join();
      element.replaceChildren(...tenants.map((value) => h('option', { value })));
    },
  };
}

/** The tenant to begin with: the one whose numbers are shown, else the simulated one if there is one. */
export function chosenTenant({ overview }: Snapshot, tenant: string | null): string {
  if (tenant !== null) return tenant;
  if (overview === null) return 'default';
  const { demo, tenants } = overview;
  return demo.running || Object.hasOwn(tenants, demo.tenant) ? demo.tenant : 'default';
}

function knownTenants({ overview }: Snapshot): readonly string[] {
  if (overview === null) return [];
  const ids = new Set([...Object.keys(overview.tenants), overview.demo.tenant, 'default']);
  // The empty text and the star stand for more than one.
  return [...ids].filter((id) => /^[A-Za-z0-9_.:@-]+$/.test(id)).sort();
}
