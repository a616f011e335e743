import { assertNever } from '@offerlock/lifecycle';
import type { ToldPromise } from './decider-process.ts';
import { mayComeAgain } from './race-rules.ts';

/** What is wrong with these promises, a line each: that a visitor was, or could have been, offered a thing twice. */
export function promiseFaults(promises: readonly ToldPromise[]): readonly string[] {
  const byCustomer = new Map<string, ToldPromise[]>();
  for (const promise of promises) {
    const own = byCustomer.get(promise.customerId);
    if (own === undefined) byCustomer.set(promise.customerId, [promise]);
    else own.push(promise);
  }
  return [...byCustomer.values()].flatMap((own) => {
    const inOrder = own.toSorted((one, other) => one.decidedAt - other.decidedAt);
    return inOrder.flatMap((first, at) =>
      inOrder.slice(at + 1).flatMap((second) => {
        const fault = faultOf(first, second);
        // Of two at the same time nobody knows which was first.
        const isFault = second.decidedAt > first.decidedAt || faultOf(second, first) !== null;
        return fault === null || !isFault
          ? []
          : [`${fault}: ${JSON.stringify(first)} ${JSON.stringify(second)}`];
      }),
    );
  });
}

function faultOf(first: ToldPromise, second: ToldPromise): string | null {
  const isSameMap = first.actionMapId === second.actionMapId;
  if (!isSameMap && first.mediaType !== second.mediaType) return null;
  switch (first.fate) {
    case 'released':
      return second.decidedAt < (first.endedAt ?? Infinity) ? 'promised before it was given back' : null;
    case 'forgotten':
      return second.decidedAt < first.reservedUntil ? 'promised twice at a time' : null;
    case 'shown': {
      // Shown after the end of its lease: nobody can be held to that.
      if (isLate(first)) return null;
      const isOver = second.decidedAt >= (first.rejectedAt ?? Infinity);
      if (!isSameMap) return isOver ? null : 'promised beside an open one';
      const isAllowed = isOver && mayComeAgain(first.mediaType) && second.sessionId !== first.sessionId;
      return isAllowed ? null : 'offered twice';
    }
    default:
      return assertNever(first.fate);
  }
}

/** Whether the log had the event of the offer only after the end of the promise. */
export function isLate({ fate, endedAt, reservedUntil }: ToldPromise): boolean {
  return fate === 'shown' && (endedAt ?? Infinity) >= reservedUntil;
}
