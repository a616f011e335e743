import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

interface Topic {
  readonly name: string;
  readonly partitions: number;
  readonly partitionsFixed?: boolean;
  readonly configs: Readonly<Record<string, string>>;
}

const file = new URL('../../kafka/topics.json', import.meta.url);
const { topics } = JSON.parse(readFileSync(file, 'utf8')) as { topics: readonly Topic[] };

function maxMessageBytesOf(name: string): number {
  return Number(topics.find((topic) => topic.name === name)?.configs['max.message.bytes']);
}

test('all topics that go with the events have the same number of partitions, the others a fixed one', () => {
  const others = topics.filter(({ partitionsFixed }) => partitionsFixed === true);
  expect(others.map(({ name, partitions }) => [name, partitions])).toEqual([
    ['webactions.action-maps.v1', 1],
  ]);
  const together = topics.filter((topic) => !others.includes(topic));
  expect(new Set(together.map((topic) => topic.partitions))).toEqual(new Set([12]));
});

test('a dead letter has room for the largest event and its headers', () => {
  const event = maxMessageBytesOf('webactions.events.v1');
  expect(maxMessageBytesOf('webactions.dead-letters.v1')).toBeGreaterThan(2 * event);
});

test('only the changelog and the action maps are compacted', () => {
  const compacted = topics.filter((topic) => topic.configs['cleanup.policy'] === 'compact');
  expect(compacted.map((topic) => topic.name)).toEqual([
    'webactions.offer-states.v1',
    'webactions.action-maps.v1',
  ]);
});
