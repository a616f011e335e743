/**
 * What the caller does about an operational error:
 * - `retry`: give the claim up, commit nothing, wait a little and begin again from the committed offset;
 * - `halt`: stop the partition (at boot: the process) and tell the operator; trying again cannot help.
 *
 * Bad data is not an error: it is an outcome, and ends in the dead letters.
 */
export const errorHandling = {
  LOG_UNAVAILABLE: 'retry',
  REGISTRY_UNAVAILABLE: 'retry',
  PROJECTION_UNAVAILABLE: 'retry',
  CLAIM_LOST: 'retry',
  LOG_CORRUPT: 'halt',
  OFFSET_MOVED_BACK: 'halt',
  OFFSET_OUT_OF_RANGE: 'halt',
  TOPIC_MISSING: 'halt',
  PARTITION_COUNT_CHANGED: 'halt',
  SCHEMA_NOT_REGISTERED: 'halt',
  SCHEMA_INCOMPATIBLE: 'halt',
  PROJECTION_FORMAT_UNSUPPORTED: 'halt',
  PROJECTION_CORRUPT: 'halt',
  DATA_DIRECTORY_IN_USE: 'halt',
  DATA_DIRECTORY_UNUSABLE: 'halt',
  DATA_FORMAT_UNSUPPORTED: 'halt',
  CONFIG_INVALID: 'halt',
} as const;

export type ErrorCode = keyof typeof errorHandling;

/** An operational error. The code is chosen where the failure happens; nobody reads messages to decide. */
export class OfferlockError extends Error {
  readonly code: ErrorCode;
  /** Topic, partition, offset, key: whatever helps to find the place. Never a secret. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    message: string,
    options: { details?: Readonly<Record<string, unknown>>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'OfferlockError';
    this.code = code;
    this.details = options.details ?? {};
  }

  get handling(): 'retry' | 'halt' {
    return errorHandling[this.code];
  }
}
