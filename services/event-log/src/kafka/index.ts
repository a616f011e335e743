export type { KafkaClientOptions, KafkaLogger } from './client.ts';
export { createKafkaDocuments, type KafkaDocumentsOptions } from './kafka-documents.ts';
export { createKafkaEventLog, type KafkaEventLogOptions } from './kafka-event-log.ts';
export { createKafkaEventSink, type KafkaEventSinkOptions } from './kafka-event-sink.ts';
export { createKafkaTopicFollower, type KafkaTopicFollowerOptions } from './kafka-topic-follower.ts';
export { createKafkaTopicReader, type KafkaTopicReaderOptions } from './kafka-topic-reader.ts';
export {
  applyTopics,
  type ApplyTopicsOptions,
  type TopicDefinition,
  type TopicDifference,
  type TopicReport,
} from './apply-topics.ts';
export { createKafkaLogTransfer, type KafkaLogTransferOptions } from './kafka-log-transfer.ts';
