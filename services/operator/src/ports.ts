import type { CompactedTopic, DataDirectory, StoredTopic, WriteTransaction } from '@offerlock/data-directory';
import type { CommittedOffset, EventSink, LogTransfer, TopicReader } from '@offerlock/event-log';
import type { ProjectionReader, ProjectionStore } from '@offerlock/projection';
import type { SchemaRegistry, Topic } from '@offerlock/schemas';

/** A topic as infra/kafka/topics.json describes it; the name is without the installation's prefix. */
export interface TopicDefinition {
  readonly name: string;
  readonly partitions: number;
  /** `partitions` is its number whatever the other topics have, whose partitions belong together. */
  readonly partitionsFixed: boolean;
  readonly replicationFactor: number;
  /** Topic settings by Kafka's names. */
  readonly configs: Readonly<Record<string, string>>;
}

/** What was done about one topic, or with a dry run: what would be done. */
export interface TopicResult {
  /** With the prefix, as Kafka knows it. */
  readonly topic: string;
  /** `different`: it exists, not as defined, and was left alone. */
  readonly outcome: 'created' | 'unchanged' | 'different';
  /** Empty unless `different`. */
  readonly differences: readonly {
    readonly what: string;
    readonly expected: string;
    readonly found: string;
  }[];
}

/** A topic that keeps all of its records. */
export type PlainTopic = Exclude<Topic, 'offerStates' | 'actionMaps'>;

/** A topic whose partitions are those of the events. */
export type PartitionedTopic = PlainTopic | 'offerStates';

/** A data directory, held by this process, with what the embedded installation keeps in it. */
export interface OpenDirectory {
  readonly directory: DataDirectory;
  readonly registry: SchemaRegistry;
  topic(topic: PlainTopic): StoredTopic;
  /** The changelog, which is the projection too. */
  readonly states: CompactedTopic;
  /** Where a key of the events topic lies: `tenantId/customerId`. */
  partitionOf(key: Buffer): number;
  committed(partition: number): CommittedOffset | null;
  setCommitted(transaction: WriteTransaction, partition: number, place: CommittedOffset): void;
  /** Lets go of the directory. */
  close(): Promise<void>;
}

/** The HTTP service of a running installation: the trigger, or the installation in one process. */
export interface ServiceClient {
  /** Answers with the JSON that came. Error: `ServiceFailed`, for problem details too. */
  request(method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown>;
}

/**
 * The systems that a command may need. Each is opened by the command that needs it, which closes it again; none is
 * contacted before. Opening fails with `CONFIG_INVALID` when the environment variables are wrong.
 */
export interface Systems {
  /** Creates the topics that are missing and leaves the others as they are. */
  applyTopics(
    definitions: readonly TopicDefinition[],
    options: { readonly dryRun: boolean },
  ): Promise<readonly TopicResult[]>;
  topicPrefix(): string;
  openRegistry(): SchemaRegistry;
  openSink(): EventSink;
  openTopicReader(): TopicReader;
  openProjectionReader(): ProjectionReader;
  openProjectionStore(): ProjectionStore;
  openLogTransfer(): LogTransfer;
  /** At this address, or at the one that the environment names. */
  openService(url: string | undefined): ServiceClient;
  /** Consumer group of the projectors. */
  groupId(): string;
  /** Path of the data directory, unless the command line gives one. */
  dataDir(): string;
  /**
   * Takes hold of a directory that is there. Errors: `DATA_DIRECTORY_IN_USE`, `DATA_DIRECTORY_UNUSABLE`,
   * `DATA_FORMAT_UNSUPPORTED`.
   */
  openDirectory(path: string): Promise<OpenDirectory>;
  /** Makes a directory, or takes hold of one that has as many partitions. Errors as with `openDirectory`. */
  createDirectory(path: string, options: { readonly partitions: number }): Promise<OpenDirectory>;
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after that time, or as soon as the signal is aborted. */
  sleep(ms: number, stop: AbortSignal): Promise<void>;
}

export interface Progress {
  update(done: number): void;
  end(): void;
}

/** Where a command writes: results to stdout, everything else to stderr. */
export interface Terminal {
  print(text: string): void;
  note(text: string): void;
  /** A bar where a person looks on, a line now and then elsewhere. `total` is null when nobody knows it. */
  progress(label: string, total: number | null): Progress;
}
