import type { RecordPlace } from './key-index.ts';
import type { TailEntry } from './tail-index.ts';

export type Merged = RecordPlace | TailEntry;

type Source = Iterator<readonly [name: string, place: Merged], undefined>;

/**
 * Goes through several sources, each in order of name, as through one: of a name that is in more than one of them the
 * first source counts.
 */
export function* mergeNewest(
  sources: readonly Source[],
): Generator<readonly [name: string, place: Merged], undefined> {
  const heads = sources.map((source) => source.next().value);
  try {
    for (;;) {
      let least: readonly [name: string, place: Merged] | undefined;
      for (const head of heads) {
        if (head !== undefined && (least === undefined || head[0] < least[0])) least = head;
      }
      if (least === undefined) return undefined;
      yield least;
      for (const [at, head] of heads.entries()) {
        if (head?.[0] === least[0]) heads[at] = sources[at]?.next().value;
      }
    }
  } finally {
    for (const source of sources) source.return?.();
  }
}
