/** The topics that hold documents. */
export type DocumentTopic = 'actionMaps';

/**
 * Documents by key, in a compacted topic. Readers follow the topic; this is for those who change it.
 */
export interface Documents {
  /**
   * Changes one document. `change` gets its present value, null where there is none, and answers with the new one, or
   * with null to leave it. Nobody else's change comes between the two: where somebody was faster, `change` is called
   * again with what they wrote. Resolves with what is there afterwards, once the log has it durably. What `change`
   * throws comes back unchanged, and nothing is written then. Error: `LOG_UNAVAILABLE`; the change may
   * have been made all the same.
   */
  change(key: string, change: (present: Buffer | null) => Buffer | null): Promise<Buffer | null>;
  close(): Promise<void>;
}
