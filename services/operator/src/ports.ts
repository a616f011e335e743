import type { EventSink, TopicReader } from '@offerlock/event-log';
import type { ProjectionReader } from '@offerlock/projection';
import type { SchemaRegistry } from '@offerlock/schemas';

/** A topic as infra/kafka/topics.json describes it; the name is without the installation's prefix. */
export interface TopicDefinition {
  readonly name: string;
  readonly partitions: number;
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
