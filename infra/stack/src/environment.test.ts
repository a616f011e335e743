import { expect, test } from '@jest/globals';
import { addressesIn, environmentOf } from './environment.ts';

const addresses = {
  brokers: ['kafka-1:9092', 'kafka-2:9092'],
  registryUrl: 'https://registry.example/apis/ccompat/v7',
  redisAddress: 'redis:6379',
};

test('what is given to processes is read back the same', () => {
  expect(addressesIn(environmentOf(addresses))).toEqual(addresses);
});

test('an environment without any of the variables gives no addresses', () => {
  expect(addressesIn({})).toBeNull();
  expect(addressesIn({ OFFERLOCK_KAFKA_BROKERS: '' })).toBeNull();
});

test('an environment with only some of the variables is refused, and the missing ones are named', () => {
  const { OFFERLOCK_KAFKA_BROKERS } = environmentOf(addresses);
  expect(() => addressesIn({ OFFERLOCK_KAFKA_BROKERS })).toThrow(
    /missing: OFFERLOCK_REGISTRY_URL, OFFERLOCK_REDIS_ADDRESSES$/,
  );
});

test('blanks between brokers and slashes at the end of the URL do not matter', () => {
  const environment = {
    ...environmentOf(addresses),
    OFFERLOCK_KAFKA_BROKERS: 'kafka-1:9092, kafka-2:9092',
    OFFERLOCK_REGISTRY_URL: `${addresses.registryUrl}/`,
  };
  expect(addressesIn(environment)).toEqual(addresses);
});
