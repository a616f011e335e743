import { readFileSync } from 'node:fs';
import { OfferlockError } from '@offerlock/lifecycle';
import { flag, httpUrl, list, oneOf, pattern, secret, text } from './values.ts';
import { variables, type Values } from './variables.ts';

const address = /^[A-Za-z0-9_.-]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$/;
const addresses = () => list(address, 'host:port, several separated by commas');

export const kafkaVariables = variables({
  OFFERLOCK_KAFKA_BROKERS: {
    help: 'Kafka bootstrap brokers, host:port separated by commas.',
    value: addresses(),
    default: '127.0.0.1:9092',
  },
  OFFERLOCK_KAFKA_TLS: { help: 'Connect to Kafka with TLS.', value: flag(), default: 'false' },
  OFFERLOCK_KAFKA_TLS_CA_FILE: {
    help: 'PEM file of the authority that signed the brokers’ certificates; without it the system’s authorities.',
    value: text(),
    optional: true,
  },
  OFFERLOCK_KAFKA_SASL_MECHANISM: {
    help: 'SASL mechanism; none connects without credentials.',
    value: oneOf('none', 'plain', 'scram-sha-256', 'scram-sha-512'),
    default: 'none',
  },
  OFFERLOCK_KAFKA_USERNAME: { help: 'SASL user.', value: text(), optional: true },
  OFFERLOCK_KAFKA_PASSWORD: { help: 'SASL password.', value: secret(), optional: true },
  OFFERLOCK_TOPIC_PREFIX: {
    help: 'Put before every topic name, to share one Kafka between several installations.',
    value: pattern(/^[A-Za-z0-9._-]{0,100}$/, 'letters, digits, dot, dash and underscore'),
    optional: true,
  },
});

export interface KafkaConnection {
  readonly brokers: readonly string[];
  /** PEM text of the authority, or true for the system's authorities. */
  readonly tls: false | { readonly ca: string | null };
  readonly sasl: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  } | null;
  readonly topicPrefix: string;
}

export function kafkaConnectionOf(values: Values<typeof kafkaVariables>): KafkaConnection {
  const mechanism = values.OFFERLOCK_KAFKA_SASL_MECHANISM;
  const username = values.OFFERLOCK_KAFKA_USERNAME;
  const password = values.OFFERLOCK_KAFKA_PASSWORD;
  if (mechanism !== 'none' && (username === undefined || password === undefined)) {
    throw new OfferlockError(
      'CONFIG_INVALID',
      `OFFERLOCK_KAFKA_SASL_MECHANISM=${mechanism} needs OFFERLOCK_KAFKA_USERNAME and OFFERLOCK_KAFKA_PASSWORD`,
    );
  }
  return {
    brokers: values.OFFERLOCK_KAFKA_BROKERS,
    tls: tlsOf(values.OFFERLOCK_KAFKA_TLS, 'OFFERLOCK_KAFKA_TLS_CA_FILE', values.OFFERLOCK_KAFKA_TLS_CA_FILE),
    sasl:
      mechanism === 'none' || username === undefined || password === undefined
        ? null
        : { mechanism, username, password },
    topicPrefix: values.OFFERLOCK_TOPIC_PREFIX ?? '',
  };
}

export const redisVariables = variables({
  OFFERLOCK_REDIS_MODE: {
    help: 'standalone: one address. sentinel: addresses of the sentinels. cluster: addresses of some nodes.',
    value: oneOf('standalone', 'sentinel', 'cluster'),
    default: 'standalone',
  },
  OFFERLOCK_REDIS_ADDRESSES: {
    help: 'host:port, several separated by commas.',
    value: addresses(),
    default: '127.0.0.1:6379',
  },
  OFFERLOCK_REDIS_SENTINEL_MASTER: {
    help: 'Name of the master that the sentinels watch.',
    value: text(),
    default: 'mymaster',
  },
  OFFERLOCK_REDIS_USERNAME: { help: 'ACL user.', value: text(), optional: true },
  OFFERLOCK_REDIS_PASSWORD: { help: 'ACL password.', value: secret(), optional: true },
  OFFERLOCK_REDIS_TLS: { help: 'Connect to Redis with TLS.', value: flag(), default: 'false' },
  OFFERLOCK_REDIS_TLS_CA_FILE: {
    help: 'PEM file of the authority that signed the servers’ certificates; without it the system’s authorities.',
    value: text(),
    optional: true,
  },
  OFFERLOCK_REDIS_KEY_PREFIX: {
    help: 'Put before every key, to share one Redis between several installations.',
    value: pattern(/^[A-Za-z0-9._:-]{0,100}$/, 'letters, digits, dot, colon, dash and underscore'),
    optional: true,
  },
});

export interface RedisConnection {
  readonly mode: 'standalone' | 'sentinel' | 'cluster';
  readonly addresses: readonly string[];
  readonly sentinelMaster: string;
  readonly username: string | null;
  readonly password: string | null;
  readonly tls: false | { readonly ca: string | null };
  readonly keyPrefix: string;
}

export function redisConnectionOf(values: Values<typeof redisVariables>): RedisConnection {
  return {
    mode: values.OFFERLOCK_REDIS_MODE,
    addresses: values.OFFERLOCK_REDIS_ADDRESSES,
    sentinelMaster: values.OFFERLOCK_REDIS_SENTINEL_MASTER,
    username: values.OFFERLOCK_REDIS_USERNAME ?? null,
    password: values.OFFERLOCK_REDIS_PASSWORD ?? null,
    tls: tlsOf(values.OFFERLOCK_REDIS_TLS, 'OFFERLOCK_REDIS_TLS_CA_FILE', values.OFFERLOCK_REDIS_TLS_CA_FILE),
    keyPrefix: values.OFFERLOCK_REDIS_KEY_PREFIX ?? '',
  };
}

export const registryVariables = variables({
  OFFERLOCK_REGISTRY_URL: {
    help: 'Schema registry with the Confluent API; may hold a path.',
    value: httpUrl(),
    default: 'http://127.0.0.1:8085/apis/ccompat/v7',
  },
  OFFERLOCK_REGISTRY_USERNAME: { help: 'HTTP basic user of the registry.', value: text(), optional: true },
  OFFERLOCK_REGISTRY_PASSWORD: {
    help: 'HTTP basic password of the registry.',
    value: secret(),
    optional: true,
  },
});

export interface RegistryConnection {
  readonly url: string;
  readonly auth: { readonly username: string; readonly password: string } | null;
}

export function registryConnectionOf(values: Values<typeof registryVariables>): RegistryConnection {
  const username = values.OFFERLOCK_REGISTRY_USERNAME;
  const password = values.OFFERLOCK_REGISTRY_PASSWORD;
  if ((username === undefined) !== (password === undefined)) {
    throw new OfferlockError(
      'CONFIG_INVALID',
      'OFFERLOCK_REGISTRY_USERNAME and OFFERLOCK_REGISTRY_PASSWORD go together: only one is set',
    );
  }
  return {
    url: values.OFFERLOCK_REGISTRY_URL,
    auth: username === undefined || password === undefined ? null : { username, password },
  };
}

function tlsOf(
  enabled: boolean,
  variable: string,
  caFile: string | undefined,
): false | { ca: string | null } {
  if (!enabled) return false;
  if (caFile === undefined) return { ca: null };
  try {
    return { ca: readFileSync(caFile, 'utf8') };
  } catch (cause) {
    throw new OfferlockError('CONFIG_INVALID', `${variable}: expected a readable file, got ${caFile}`, {
      cause,
    });
  }
}
