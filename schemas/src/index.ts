export type * from './ports.ts';
export type * from './records.ts';
export { deadLetterHeaders } from './dead-letters.ts';
export { createDecoder, createRecordDecoder } from './decoders.ts';
export type { ReadersOptions } from './readers.ts';
export { createEncoder, createEncoders, registerSchemas, type Encoders } from './encoders.ts';
export { recordKinds, schemaJsonOf, type RecordKind, type Records } from './record-types.ts';
export { subjectOf, topicName, topicNames, type Topic } from './topics.ts';
export { readSchemaId, withSchemaId } from './wire-format.ts';
