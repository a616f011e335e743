import { expect, test } from '@jest/globals';
import { kafkaEnvironment, kafkaProperties } from './kafka-properties.ts';

const properties = kafkaProperties({ port: 19092, controllerPort: 19093, dataDir: '/data/kafka' }).split(
  '\n',
);
const environment = kafkaEnvironment('127.0.0.1:19092');

test('a native broker listens on the loopback only and is advertised there', () => {
  expect(properties).toContain('listeners=PLAINTEXT://127.0.0.1:19092,CONTROLLER://127.0.0.1:19093');
  expect(properties).toContain('advertised.listeners=PLAINTEXT://127.0.0.1:19092');
  expect(properties).toContain('log.dirs=/data/kafka');
});

test('a broker in a container is advertised by its published address, but calls itself by another', () => {
  expect(environment['KAFKA_ADVERTISED_LISTENERS']).toBe(
    'INSIDE://localhost:29092,OUTSIDE://127.0.0.1:19092',
  );
  expect(environment['KAFKA_INTER_BROKER_LISTENER_NAME']).toBe('INSIDE');
});

test('both serve transactions on a single node and create no topic by themselves', () => {
  expect(properties).toContain('transaction.state.log.min.isr=1');
  expect(properties).toContain('auto.create.topics.enable=false');
  expect(environment).toMatchObject({
    KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
    KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
  });
});
