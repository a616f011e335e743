import type { CompactedLog } from './compacted-log.ts';
import type { Change } from './store.ts';
import type { Steps } from './settling.ts';

/** Looks at all settled keys of a compacted topic, and removes those that are expired. */
export function expiring(log: CompactedLog): Steps {
  let from = '';

  return {
    stage(transaction, keys) {
      const changes: Change[] = [];
      let looked = 0;
      let next: string | null = null;
      for (const [name, { timestampMs }] of log.index.from(from)) {
        if (looked === keys) {
          next = name;
          break;
        }
        looked += 1;
        // A newer record of the key is on its way into the index otherwise.
        if (log.isExpired(timestampMs) && !log.isInTail(name)) changes.push(log.index.change(name, null));
      }
      transaction.change(changes, () => {
        from = next ?? from;
        log.keysRemoved(changes.length);
      });
      return next !== null;
    },
  };
}
