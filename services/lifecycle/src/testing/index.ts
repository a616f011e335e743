/* What tests of every package begin with. Nothing outside of tests imports it. */
import type { WebActionEvent } from '../event.ts';
import type { FoldOptions } from '../fold.ts';
import { lifecyclesWith } from '../lifecycles.ts';

/** The day on which everything happens, in ms since 1970. */
export const day = Date.UTC(2026, 4, 1);

export const foldDefaults: FoldOptions = {
  lifecycles: lifecyclesWith(),
  extendedMetrics: false,
  earlyGraceMs: 60_000,
};

/** An event with defaults; a test names only what matters to it. */
export function eventOf(actionState: string, fields: Partial<WebActionEvent> = {}): WebActionEvent {
  const occurredAt = fields.occurredAt ?? day;
  return {
    eventId: '11111111-1111-4111-8111-111111111111',
    tenantId: 'default',
    customerId: 'ann',
    customerIdType: 'cookie',
    sessionId: 'session-1',
    actionId: 'action-1',
    actionMapId: 'map-1',
    actionMapVersion: 1,
    actionMediaType: 'webchat',
    actionState,
    occurredAt,
    receivedAt: occurredAt,
    errorCode: null,
    errorMessage: null,
    ...fields,
  };
}

/** The steps of one action, a second apart. */
export function journeyOf(
  states: readonly string[],
  fields: Partial<WebActionEvent> = {},
): readonly WebActionEvent[] {
  const beginMs = fields.occurredAt ?? day;
  return states.map((state, index) => eventOf(state, { ...fields, occurredAt: beginMs + index * 1_000 }));
}
