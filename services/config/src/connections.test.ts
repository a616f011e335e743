import { expect, test } from '@jest/globals';
import {
  kafkaConnectionOf,
  kafkaVariables,
  redisConnectionOf,
  redisVariables,
  registryConnectionOf,
  registryVariables,
} from './connections.ts';
import { parseVariables } from './variables.ts';

const invalid = (message: RegExp) => ({
  code: 'CONFIG_INVALID',
  message: expect.stringMatching(message),
});
const errorOf = (attempt: () => unknown): unknown => {
  try {
    attempt();
  } catch (error) {
    return error;
  }
  throw new Error('expected an error');
};

test('without any variable everything is looked for on this machine', () => {
  expect(kafkaConnectionOf(parseVariables(kafkaVariables, {}))).toEqual({
    brokers: ['127.0.0.1:9092'],
    tls: false,
    sasl: null,
    topicPrefix: '',
  });
  expect(redisConnectionOf(parseVariables(redisVariables, {}))).toMatchObject({
    mode: 'standalone',
    addresses: ['127.0.0.1:6379'],
    keyPrefix: '',
  });
  expect(registryConnectionOf(parseVariables(registryVariables, {}))).toMatchObject({ auth: null });
});

test('several brokers are separated by commas', () => {
  const values = parseVariables(kafkaVariables, { OFFERLOCK_KAFKA_BROKERS: 'a:1, b:2,[::1]:3' });
  expect(kafkaConnectionOf(values).brokers).toEqual(['a:1', 'b:2', '[::1]:3']);
});

test('a broker without a port is named', () => {
  expect(errorOf(() => parseVariables(kafkaVariables, { OFFERLOCK_KAFKA_BROKERS: 'kafka' }))).toMatchObject(
    invalid(/OFFERLOCK_KAFKA_BROKERS: expected host:port, several separated by commas, got "kafka"/),
  );
});

test('a SASL mechanism needs credentials', () => {
  const values = parseVariables(kafkaVariables, { OFFERLOCK_KAFKA_SASL_MECHANISM: 'plain' });
  expect(errorOf(() => kafkaConnectionOf(values))).toMatchObject(invalid(/OFFERLOCK_KAFKA_USERNAME/));
});

test('an authority file that cannot be read is named by its variable', () => {
  const values = parseVariables(redisVariables, {
    OFFERLOCK_REDIS_TLS: 'true',
    OFFERLOCK_REDIS_TLS_CA_FILE: '/nowhere/ca.pem',
  });
  expect(errorOf(() => redisConnectionOf(values))).toMatchObject(
    invalid(/OFFERLOCK_REDIS_TLS_CA_FILE: expected a readable file, got \/nowhere\/ca\.pem/),
  );
});

test('a registry user without a password is refused', () => {
  const values = parseVariables(registryVariables, { OFFERLOCK_REGISTRY_USERNAME: 'reader' });
  expect(errorOf(() => registryConnectionOf(values))).toMatchObject(invalid(/go together/));
});

test('credentials in the registry URL are refused, and not shown', () => {
  const environment = { OFFERLOCK_REGISTRY_URL: 'http://reader:hunter2@registry:8081' };
  const error = errorOf(() => parseVariables(registryVariables, environment));
  expect(error).toMatchObject(invalid(/OFFERLOCK_REGISTRY_URL: expected a URL without credentials$/));
});
