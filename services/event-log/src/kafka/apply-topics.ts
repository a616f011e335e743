import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import kafkajs from 'kafkajs';
import { createKafka, type KafkaClientOptions } from './client.ts';
import { logError } from './log-error.ts';

/** A topic as `infra/kafka/topics.json` has it. */
export interface TopicDefinition {
  /** Without the installation's prefix. */
  readonly name: string;
  readonly partitions: number;
  /** `partitions` is its number whatever the other topics have, whose partitions belong together. */
  readonly partitionsFixed?: boolean;
  readonly replicationFactor: number;
  readonly configs: Readonly<Record<string, string>>;
}

export interface ApplyTopicsOptions extends KafkaClientOptions {
  readonly definitions: readonly TopicDefinition[];
  /** Instead of what the definitions say, except where that is fixed. */
  readonly partitions?: number;
  readonly replicationFactor?: number;
  /** Creates nothing: `created` then means that it would be. */
  readonly dryRun?: boolean;
}

export interface TopicReport {
  readonly topic: string;
  /** `different`: it exists, and not as defined. */
  readonly outcome: 'created' | 'unchanged' | 'different';
  /** What differs, for the operator; empty unless `different`. */
  readonly differences: readonly TopicDifference[];
}

export interface TopicDifference {
  /** A config's name, `partitions` or `replicationFactor`. */
  readonly what: string;
  readonly expected: string;
  readonly found: string;
}

/**
 * Creates the topics that are missing, and reports how the others differ. It never changes an existing topic: the
 * number of partitions is part of what positions mean, and kafkajs can only replace all configs of a topic at once,
 * which would undo what an operator has set. May be repeated. Errors: `LOG_UNAVAILABLE`, `CONFIG_INVALID`.
 */
export async function applyTopics(options: ApplyTopicsOptions): Promise<readonly TopicReport[]> {
  const admin = createKafka(options, { retries: 3 }).admin();
  const wanted = options.definitions.map((definition) => ({
    ...definition,
    name: `${options.connection.topicPrefix}${definition.name}`,
    partitions:
      definition.partitionsFixed === true
        ? definition.partitions
        : (options.partitions ?? definition.partitions),
    replicationFactor: options.replicationFactor ?? definition.replicationFactor,
  }));
  try {
    await admin.connect();
    const existing = new Set(await admin.listTopics());
    const missing = wanted.filter(({ name }) => !existing.has(name));
    if (missing.length > 0 && options.dryRun !== true) await create(admin, missing);
    const reports = new Map(missing.map(({ name }) => [name, report(name, 'created', [])]));
    const present = wanted.filter(({ name }) => existing.has(name));
    for (const [name, differences] of await differencesOf(admin, present)) {
      reports.set(name, report(name, differences.length === 0 ? 'unchanged' : 'different', differences));
    }
    return wanted.map(({ name }) => reports.get(name) ?? report(name, 'unchanged', []));
  } catch (error) {
    throw logError(error, 'apply the topics');
  } finally {
    await admin.disconnect().catch(() => {});
  }
}

async function create(admin: Admin, missing: readonly TopicDefinition[]): Promise<void> {
  await admin.createTopics({
    // kafkajs gives up when the broker it asks has not heard of a new topic yet.
    waitForLeaders: false,
    topics: missing.map(({ name, partitions, replicationFactor, configs }) => ({
      topic: name,
      numPartitions: partitions,
      replicationFactor,
      configEntries: Object.entries(configs).map(([config, value]) => ({ name: config, value })),
    })),
  });
  const isReady = async (): Promise<boolean> => {
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: missing.map(({ name }) => name) });
      return topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0));
    } catch (error) {
      if (error instanceof kafkajs.KafkaJSProtocolError && error.retriable) return false;
      throw error;
    }
  };
  for (let looks = 1; !(await isReady()); looks += 1) {
    if (looks === readyLooksMax) throw new Error('the new topics have no leaders yet');
    await sleep(readyLookEveryMs);
  }
}

const readyLookEveryMs = 50;
const readyLooksMax = 200;

async function differencesOf(
  admin: Admin,
  present: readonly TopicDefinition[],
): Promise<Map<string, readonly TopicDifference[]>> {
  if (present.length === 0) return new Map();
  const names = present.map(({ name }) => name);
  const { topics } = await admin.fetchTopicMetadata({ topics: names });
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: names.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name })),
  });
  return new Map(
    present.map(({ name, partitions, replicationFactor, configs }) => {
      const placed = topics.find((topic) => topic.name === name)?.partitions ?? [];
      const found = new Map(
        resources
          .find(({ resourceName }) => resourceName === name)
          ?.configEntries.map(({ configName, configValue }) => [configName, configValue]),
      );
      const compared: TopicDifference[] = [
        { what: 'partitions', expected: String(partitions), found: String(placed.length) },
        {
          what: 'replicationFactor',
          expected: String(replicationFactor),
          found: String(placed[0]?.replicas.length ?? 0),
        },
        ...Object.entries(configs).map(([what, expected]) => ({
          what,
          expected,
          found: found.get(what) ?? 'not set',
        })),
      ];
      return [name, compared.filter((difference) => difference.expected !== difference.found)];
    }),
  );
}

function report(
  topic: string,
  outcome: TopicReport['outcome'],
  differences: readonly TopicDifference[],
): TopicReport {
  return { topic, outcome, differences };
}
