import type { EarlyEvent, OfferState, VisitedStep } from '@offerlock/lifecycle';
import { formatDuration, formatTime } from './format.ts';

/** An action map of a customer as the projection knows it. */
export interface InspectedOffer {
  readonly actionMapId: string;
  readonly position: string;
  readonly state: OfferState;
}

/** Everything known of a customer, for a person to read. */
export function describeCustomer(customer: string, offers: readonly InspectedOffer[]): string {
  const locked = offers.filter(({ state }) => state.locked !== null).length;
  const maps = offers.length === 1 ? '1 action map' : `${offers.length} action maps`;
  const head = `Customer ${customer}: ${maps}, ${locked === 0 ? 'none' : locked} locked.`;
  return [head, ...offers.map(describeOffer)].join('\n\n');
}

function describeOffer({ actionMapId, state, position }: InspectedOffer): string {
  const lines = [
    `${actionMapId} (version ${state.actionMapVersion}, ${state.mediaType}): ${headlineOf(state)}`,
    ...actionLines(state),
    ...state.visited.flatMap((step, index) => stepLines(state.visited, step, index)),
    ...state.closed.map(
      ({ actionId, visited }) =>
        `  before: ${actionId === state.actionId ? 'earlier attempt' : `action ${actionId}`} (${visited.join(', ')})`,
    ),
    ...state.early.map(earlyLine),
    `  position ${position}`,
  ];
  return lines.join('\n');
}

function headlineOf(state: OfferState): string {
  if (state.locked !== null) {
    return `LOCKED by ${state.locked.state} since ${formatTime(state.locked.at)}`;
  }
  if (state.status === 'none') return 'pending, nothing applied yet';
  const waiting = state.early.length > 0 ? ', pending' : '';
  return `${state.status} since ${formatTime(state.enteredAt)}, not locked${waiting}`;
}

function actionLines(state: OfferState): readonly string[] {
  const times = state.timesOffered === 1 ? 'once' : `${state.timesOffered} times`;
  const offered = `  offered ${state.timesOffered === 0 ? 'never' : times}, session ${state.sessionId}`;
  if (state.actionId === null) return [offered];
  return [`  action ${state.actionId}, attempt ${state.attempt}`, offered];
}

/** `    2026-05-01 12:00:03.120 UTC  accepted   after 4.2 s` */
function stepLines(visited: readonly VisitedStep[], step: VisitedStep, index: number): readonly string[] {
  const previous = visited[index - 1];
  const after = previous === undefined ? '' : `after ${formatDuration(step.at - previous.at)}`;
  const line = `    ${formatTime(step.at)}  ${step.state.padEnd(10)} ${after}`.trimEnd();
  if (step.error === undefined) return [line];
  const code = step.error.code === null ? '' : ` (code ${step.error.code})`;
  return [line, `      error: ${step.error.message ?? 'no message'}${code}`];
}

function earlyLine({ event, offset }: EarlyEvent): string {
  return (
    `  waits for its predecessor: ${event.actionState} of action ${event.actionId}, ` +
    `occurred ${formatTime(event.occurredAt)}, received ${formatTime(event.receivedAt)}, offset ${offset}`
  );
}
