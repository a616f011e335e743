/** So many are sorted at once, which takes a ms or two. */
const runLength = 2_000;

/** Names that come in any order, each once, and go out sorted; never so many sorted at once that it is felt. */
export class SortedNames {
  readonly #runs: string[][] = [];
  /** The newest, not in order yet. */
  #recent: string[] = [];

  add(name: string): void {
    this.#recent.push(name);
    if (this.#recent.length === runLength) this.#closeRun();
  }

  /** In order, from `start` on. None must be added meanwhile. */
  from(start: string): Iterator<string, undefined> {
    this.#closeRun();
    return merge(this.#runs.map((run) => namesFrom(run, start)));
  }

  #closeRun(): void {
    if (this.#recent.length === 0) return;
    const last = this.#runs.at(-1);
    // A short run is not left behind: whoever asks often would make as many runs as names.
    if (last !== undefined && last.length + this.#recent.length <= runLength) {
      this.#runs[this.#runs.length - 1] = [...last, ...this.#recent].sort(byBytes);
    } else {
      this.#runs.push(this.#recent.sort(byBytes));
    }
    this.#recent = [];
  }
}

const byBytes = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function* namesFrom(sorted: readonly string[], start: string): Generator<string, undefined> {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as string) < start) low = middle + 1;
    else high = middle;
  }
  for (; low < sorted.length; low += 1) yield sorted[low] as string;
  return undefined;
}

function merge(sources: readonly Iterator<string, undefined>[]): Iterator<string, undefined> {
  const [first] = sources;
  if (first === undefined) return [].values();
  if (sources.length === 1) return first;
  const half = sources.length >>> 1;
  return mergeTwo(merge(sources.slice(0, half)), merge(sources.slice(half)));
}

function* mergeTwo(
  one: Iterator<string, undefined>,
  other: Iterator<string, undefined>,
): Generator<string, undefined> {
  let left = one.next().value;
  let right = other.next().value;
  while (left !== undefined || right !== undefined) {
    if (right === undefined || (left !== undefined && left < right)) {
      yield left as string;
      left = one.next().value;
    } else {
      yield right;
      right = other.next().value;
    }
  }
  return undefined;
}
