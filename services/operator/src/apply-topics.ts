import { readFile } from 'node:fs/promises';
import { OfferlockError } from '@offerlock/lifecycle';
import { formatTable } from './format.ts';
import type { Systems, Terminal, TopicDefinition, TopicResult } from './ports.ts';

/** infra/kafka/topics.json of this installation, wherever the command is run. */
export const defaultTopicsFile = new URL('../../../infra/kafka/topics.json', import.meta.url);

export interface ApplyTopicsOptions {
  readonly file: string | URL;
  /** Instead of the file's number, for every topic whose number is not fixed: their partitions belong together. */
  readonly partitions?: number;
  readonly replication?: number;
  readonly dryRun: boolean;
}

/** `offerlock topics apply`. False when a topic that exists is not as the file has it. */
export async function applyTopics(
  systems: Pick<Systems, 'applyTopics'>,
  terminal: Terminal,
  options: ApplyTopicsOptions,
): Promise<boolean> {
  const definitions: TopicDefinition[] = [];
  for (const definition of await readTopicDefinitions(options.file)) {
    const { partitions, partitionsFixed, replicationFactor } = definition;
    definitions.push({
      ...definition,
      partitions: partitionsFixed ? partitions : (options.partitions ?? partitions),
      replicationFactor: options.replication ?? replicationFactor,
    });
  }
  const results = await systems.applyTopics(definitions, { dryRun: options.dryRun });
  if (options.dryRun) terminal.note('Dry run: nothing was created.');
  terminal.print(
    formatTable(
      ['topic', options.dryRun ? 'would be' : 'is', 'differences'],
      results.map((result) => [result.topic, result.outcome, describeDifferences(result)]),
    ),
  );
  const different = results.filter(({ outcome }) => outcome === 'different').length;
  if (different === 0) return true;
  terminal.note(
    `Topics that exist are never changed: ${different} ${different === 1 ? 'is' : 'are'} not as defined. ` +
      "Change them with Kafka's own tools, or the definition.",
  );
  return false;
}

function describeDifferences({ differences }: TopicResult): string {
  return differences
    .map(({ what, expected, found }) => `${what}: ${found} instead of ${expected}`)
    .join('\n');
}

/** Error: `CONFIG_INVALID`, with the file and what is wrong in it. */
export async function readTopicDefinitions(file: string | URL): Promise<readonly TopicDefinition[]> {
  const name = file instanceof URL ? file.pathname : file;
  const wrong = (problem: string, cause?: unknown) =>
    new OfferlockError('CONFIG_INVALID', `${name}: ${problem}`, { cause });
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw wrong('cannot be read', cause);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw wrong('is not JSON', cause);
  }
  const topics: unknown = isRecord(parsed) ? parsed['topics'] : undefined;
  if (!Array.isArray(topics) || topics.length === 0) throw wrong('expected a list "topics"');
  return topics.map((topic: unknown, index) => {
    const definition = definitionOf(topic);
    if (definition === null) {
      throw wrong(
        `topics[${index}]: expected name, partitions, partitionsFixed (true, or absent), replicationFactor and configs (all texts)`,
      );
    }
    return definition;
  });
}

function definitionOf(topic: unknown): TopicDefinition | null {
  if (!isRecord(topic)) return null;
  const { name, partitions, partitionsFixed = false, replicationFactor, configs } = topic;
  if (typeof name !== 'string' || !isCount(partitions) || !isCount(replicationFactor)) return null;
  if (typeof partitionsFixed !== 'boolean' || !isRecord(configs)) return null;
  const settings = Object.entries(configs).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  if (settings.length !== Object.keys(configs).length) return null;
  return { name, partitions, partitionsFixed, replicationFactor, configs: Object.fromEntries(settings) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1;
}
