/** What every commit of ours carries beside the offset. */
export interface Mark {
  /** Epoch of the claim that committed. */
  readonly epoch: number;
  /** Epoch of the first claim of the unbroken row of our own commits that this one belongs to. */
  readonly trustedEpoch: number;
}

/**
 * The mark of the next claim, from the one found with the committed offset (null: the offset is not ours, or there is
 * none). At least the time, so that a lost mark cannot take the epoch back; more than the last one, so that a
 * clock cannot either.
 */
export function nextMark(last: Mark | null, nowMs: number): Mark {
  const epoch = Math.max(Math.floor(nowMs), (last?.epoch ?? 0) + 1);
  return { epoch, trustedEpoch: last?.trustedEpoch ?? epoch };
}

const format = /^offerlock:1:([0-9a-f]{1,12}):([0-9a-f]{1,12})$/;

/** As text, for a log that keeps a line of metadata with an offset. */
export function markToText({ epoch, trustedEpoch }: Mark): string {
  return `offerlock:1:${epoch.toString(16)}:${trustedEpoch.toString(16)}`;
}

/** Null for anything that we did not write. */
export function markFromText(text: string | null): Mark | null {
  const [, epoch, trustedEpoch] = format.exec(text ?? '') ?? [];
  if (epoch === undefined || trustedEpoch === undefined) return null;
  return { epoch: Number.parseInt(epoch, 16), trustedEpoch: Number.parseInt(trustedEpoch, 16) };
}
