import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

interface Topic {
  readonly name: string;
  readonly partitions: number;
  readonly configs: Readonly<Record<string, string>>;
}

const file = new URL('../../kafka/topics.json', import.meta.url);
const { topics } = JSON.parse(readFileSync(file, 'utf8')) as { topics: readonly Topic[] };

function maxMessageBytesOf(name: string): number {
  return Number(topics.find((topic) => topic.name === name)?.configs['max.message.bytes']);
}

test('all topics have the same number of partitions', () => {
  expect(new Set(topics.map((topic) => topic.partitions))).toEqual(new Set([12]));
});

test('a dead letter has room for the largest event and its headers', () => {
  const event = maxMessageBytesOf('webactions.events.v1');
  expect(maxMessageBytesOf('webactions.dead-letters.v1')).toBeGreaterThan(2 * event);
});

test('only the changelog is compacted', () => {
  const compacted = topics.filter((topic) => topic.configs['cleanup.policy'] === 'compact');
  expect(compacted.map((topic) => topic.name)).toEqual(['webactions.offer-states.v1']);
});
