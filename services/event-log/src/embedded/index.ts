export type { CommittedOffset } from '../owner/committed-offset.ts';
export { createPartitioner, partitionOfKey } from '../local/partition-of-key.ts';
export { LocalGroup } from '../local/local-group.ts';
export type { LocalScheduler, LocalStep } from '../local/scheduler.ts';
export { committedOffsets, type CommittedOffsets } from './committed-offsets.ts';
export type { Alongside, BatchCommit } from './embedded-claim.ts';
export { createEmbeddedEventLog, type EmbeddedEventLogOptions } from './embedded-event-log.ts';
export { createEmbeddedEventSink } from './embedded-event-sink.ts';
export { createEmbeddedTopicReader } from './embedded-topic-reader.ts';
