import type { CustomerView, OfferDesk, PendingOffer } from '../offer-desk.ts';
import type { ProjectedOffer } from '../ports.ts';
import { inOrderOfMaps } from '../pending-json.ts';
import { isSameProjection } from '../same-projection.ts';

export interface MemoryOfferDeskParts {
  readonly offersOf: (customer: string) => readonly ProjectedOffer[];
  readonly isReady: () => boolean;
  readonly now: () => number;
}

interface DeskOfCustomer {
  readonly pending: Map<string, PendingOffer>;
  readonly answers: Map<string, { readonly text: string; readonly until: number }>;
  revision: number;
}

/** Calls of a desk, each done at one moment. */
export interface MemoryDeskCalls {
  read(...args: Parameters<OfferDesk['read']>): CustomerView;
  write(...args: Parameters<OfferDesk['write']>): 'written' | 'changed';
  release(...args: Parameters<OfferDesk['release']>): boolean;
}

export function createMemoryDeskCalls({ offersOf, isReady, now }: MemoryOfferDeskParts): MemoryDeskCalls {
  const desks = new Map<string, DeskOfCustomer>();
  const deskOf = (customer: string): DeskOfCustomer => {
    let desk = desks.get(customer);
    if (desk === undefined) {
      desk = { pending: new Map(), answers: new Map(), revision: 0 };
      desks.set(customer, desk);
    }
    return desk;
  };
  const answerOf = ({ answers }: DeskOfCustomer, requestId: string): string | null => {
    const answer = answers.get(requestId);
    return answer === undefined || answer.until <= now() ? null : answer.text;
  };

  return {
    read: (customer, requestId) => {
      const desk = deskOf(customer);
      return {
        ready: isReady(),
        offers: offersOf(customer),
        pending: inOrderOfMaps(desk.pending.values()),
        answer: requestId === null ? null : answerOf(desk, requestId),
        revision: desk.revision,
      };
    },
    write: (customer, view, { put, remove, answer }) => {
      const desk = deskOf(customer);
      if (!isReady() || desk.revision !== view.revision) return 'changed';
      if (!isSameProjection(view.offers, offersOf(customer))) return 'changed';
      if (answer !== null && answerOf(desk, answer.requestId) !== null) return 'changed';
      for (const actionMapId of remove) desk.pending.delete(actionMapId);
      for (const offer of put) desk.pending.set(offer.actionMapId, offer);
      if (answer !== null) {
        desk.answers.set(answer.requestId, { text: answer.text, until: now() + answer.ttlMs });
      }
      desk.revision += 1;
      return 'written';
    },
    release: (customer, actionId) => {
      const desk = deskOf(customer);
      for (const offer of desk.pending.values()) {
        if (offer.actionId !== actionId || offer.reserved === null) continue;
        desk.pending.set(offer.actionMapId, { ...offer, reserved: null });
        desk.revision += 1;
        return true;
      }
      return false;
    },
  };
}
