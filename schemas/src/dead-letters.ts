/**
 * Headers that say why a record of the dead-letter topic is there and where it came from. Key, value and the other
 * headers are those of the original record; with `reencoded` the value was encoded again, because the event had been
 * kept in the projection since its record was read. All values are UTF-8 text.
 */
export const deadLetterHeaders = {
  /** A refusal reason of the fold, `UNDECODABLE` or `UNKNOWN_SCHEMA`. */
  reason: 'offerlock-reason',
  /** What is wrong, for a person. */
  detail: 'offerlock-detail',
  topic: 'offerlock-source-topic',
  partition: 'offerlock-source-partition',
  offset: 'offerlock-source-offset',
  /** The log's time of the original record, ms since 1970. Absent with `reencoded`. */
  timestamp: 'offerlock-source-timestamp',
  /** Bytes of the original value, where the value was too large to be kept whole: only its beginning is there. */
  originalBytes: 'offerlock-original-bytes',
  /** `true`, or absent. */
  reencoded: 'offerlock-reencoded',
} as const;
