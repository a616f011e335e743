import type { CustomerEvent } from '@offerlock/lifecycle';
import type { DecisionQuestion } from '@offerlock/standalone';

/** What the form asks for, as it is typed. The names are those of the address. */
export interface DecideFields {
  readonly tenantId: string;
  readonly customerId: string;
  readonly sessionId: string;
  readonly url: string;
  /** Separated by commas. */
  readonly segments: string;
  /** JSON: a list of what the customer did. */
  readonly events: string;
}

export const noFields: DecideFields = {
  tenantId: '',
  customerId: '',
  sessionId: '',
  url: '',
  segments: '',
  events: '',
};

export const fieldNames = Object.keys(noFields) as readonly (keyof DecideFields)[];

/** Reads the fields from an address; what is missing is empty. */
export function fieldsFrom(parameters: URLSearchParams): DecideFields {
  return mapFields((name) => parameters.get(name) ?? '');
}

/** The fields for an address; what is empty is left out. */
export function parametersOf(fields: DecideFields): string[][] {
  return fieldNames.filter((name) => fields[name] !== '').map((name) => [name, fields[name]]);
}

export function mapFields(valueOf: (name: keyof DecideFields) => string): DecideFields {
  return Object.fromEntries(fieldNames.map((name) => [name, valueOf(name)])) as unknown as DecideFields;
}

export function sameFields(one: DecideFields, other: DecideFields): boolean {
  return fieldNames.every((name) => one[name] === other[name]);
}

export type Question =
  | { readonly outcome: 'asked'; readonly question: DecisionQuestion }
  /** `problem` is for the reader, about the events: only they have a form of their own. */
  | { readonly outcome: 'wrong'; readonly problem: string };

/** What the server is asked. What the events say is judged by the server; here they must only be a JSON list. */
export function questionOf(fields: DecideFields): Question {
  const { tenantId, customerId, sessionId, url } = fields;
  const events = eventsIn(fields.events);
  if (events === null) {
    return { outcome: 'wrong', problem: 'Events: expected a JSON list, such as the one in the example.' };
  }
  const segments = fields.segments
    .split(',')
    .map((segment) => segment.trim())
    .filter((segment) => segment !== '');
  return { outcome: 'asked', question: { tenantId, customerId, sessionId, page: { url }, segments, events } };
}

function eventsIn(text: string): readonly CustomerEvent[] | null {
  if (text.trim() === '') return [];
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? (parsed as readonly CustomerEvent[]) : null;
  } catch {
    return null;
  }
}
