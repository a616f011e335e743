import { OfferlockError } from '@offerlock/lifecycle';

/** The committed offset names a place that the log does not hold: records are gone, or it is another log. */
export function offsetOutsideLog(place: {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly logStart: bigint;
  readonly endOffset: bigint;
}): OfferlockError {
  const { topic, partition, offset, logStart, endOffset } = place;
  return new OfferlockError(
    'OFFSET_OUT_OF_RANGE',
    `${topic}/${partition}: the committed offset ${offset} lies outside the log, which holds ${logStart} to ` +
      `${endOffset}; records were deleted before they were processed, or the topic was created anew. ` +
      'Run `offerlock rebuild` to go on from the log as it is.',
    {
      details: {
        topic,
        partition,
        offset: String(offset),
        logStart: String(logStart),
        end: String(endOffset),
      },
    },
  );
}
