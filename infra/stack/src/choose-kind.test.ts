import { expect, test } from '@jest/globals';
import { chooseKind, type Probes } from './choose-kind.ts';
import type { Environment } from './environment.ts';

const addresses: Environment = {
  OFFERLOCK_KAFKA_BROKERS: '127.0.0.1:9092',
  OFFERLOCK_REGISTRY_URL: 'http://127.0.0.1:8085',
  OFFERLOCK_REDIS_ADDRESSES: '127.0.0.1:6379',
};

/** A machine on which the named kinds are possible. */
function machineWith(...kinds: readonly (keyof Probes)[]): Probes {
  const probe = (kind: keyof Probes) => () =>
    Promise.resolve(kinds.includes(kind) ? null : `no ${kind} here`);
  return { containers: probe('containers'), native: probe('native') };
}

const shared = { own: false };
const own = { own: true };

test('addresses of the environment come first', async () => {
  const choice = await chooseKind(addresses, machineWith('containers', 'native'), shared);
  expect(choice.kind).toBe('urls');
});

test('without addresses a Docker engine is preferred to native processes', async () => {
  expect((await chooseKind({}, machineWith('containers', 'native'), shared)).kind).toBe('containers');
});

test('without a Docker engine native processes are used, and the reason says so', async () => {
  const choice = await chooseKind({}, machineWith('native'), shared);
  expect(choice).toEqual({
    kind: 'native',
    why: 'no containers (no containers here); Java and Maven are there',
  });
});

test('when nothing is possible the error says what to install', async () => {
  const choice = chooseKind({}, machineWith(), shared);
  await expect(choice).rejects.toThrow(
    /Docker engine[^]*Java 17 or newer and Maven[^]*OFFERLOCK_KAFKA_BROKERS/,
  );
});

test('a caller that needs servers of its own never gets those of the environment', async () => {
  expect((await chooseKind(addresses, machineWith('native'), own)).kind).toBe('native');
  const forced = { ...addresses, OFFERLOCK_STACK: 'urls' };
  expect((await chooseKind(forced, machineWith('native'), own)).kind).toBe('native');
});

test.each(['containers', 'native'] as const)('OFFERLOCK_STACK=%s decides against all else', async (kind) => {
  const environment = { ...addresses, OFFERLOCK_STACK: kind };
  const choice = await chooseKind(environment, machineWith('containers', 'native'), shared);
  expect(choice).toEqual({ kind, why: `OFFERLOCK_STACK=${kind}` });
});

test('a forced kind that is not possible is an error, not replaced by another', async () => {
  const containers = chooseKind({ OFFERLOCK_STACK: 'containers' }, machineWith('native'), shared);
  await expect(containers).rejects.toThrow(
    'OFFERLOCK_STACK=containers is not possible here: no containers here',
  );
  const urls = chooseKind({ OFFERLOCK_STACK: 'urls' }, machineWith('native'), shared);
  await expect(urls).rejects.toThrow('the environment gives no addresses');
});

test('an unknown OFFERLOCK_STACK is refused', async () => {
  const choice = chooseKind({ OFFERLOCK_STACK: 'docker' }, machineWith('containers'), shared);
  await expect(choice).rejects.toThrow('expected urls, containers or native, got "docker"');
});
