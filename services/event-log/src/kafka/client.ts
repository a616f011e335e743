import type { KafkaConnection } from '@offerlock/config';
import kafkajs, { type Kafka, type KafkaConfig, type logCreator, type RetryOptions } from 'kafkajs';
import { registerCodecs } from './codecs.ts';

/** What the adapter logs to; a pino logger fits. */
export interface KafkaLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface KafkaClientOptions {
  readonly connection: KafkaConnection;
  /** Name of this process in the broker's logs and quotas; by default `offerlock`. */
  readonly clientId?: string;
  /** Receives what kafkajs says, too; without it kafkajs is silent. */
  readonly logger?: KafkaLogger;
}

const connectTimeoutMs = 3_000;
const requestTimeoutMs = 10_000;

/** A kafkajs instance. Every purpose takes its own, because instances share the offsets that they believe committed. */
export function createKafka(options: KafkaClientOptions, retry: RetryOptions): Kafka {
  registerCodecs();
  const { connection, clientId = 'offerlock', logger } = options;
  const { sasl, tls } = connection;
  const config: KafkaConfig = {
    brokers: [...connection.brokers],
    clientId,
    connectionTimeout: connectTimeoutMs,
    authenticationTimeout: requestTimeoutMs,
    requestTimeout: requestTimeoutMs,
    enforceRequestTimeout: true,
    retry,
    logLevel: logger === undefined ? kafkajs.logLevel.NOTHING : kafkajs.logLevel.INFO,
    logCreator: logCreatorOf(logger),
  };
  if (tls !== false) config.ssl = tls.ca === null ? true : { ca: [tls.ca] };
  if (sasl !== null) config.sasl = saslOf(sasl);
  return new kafkajs.Kafka(config);
}

function saslOf(sasl: NonNullable<KafkaConnection['sasl']>): NonNullable<KafkaConfig['sasl']> {
  // kafkajs's type holds one case per mechanism, all of one shape.
  return { ...sasl } as NonNullable<KafkaConfig['sasl']>;
}

/** One level lower than kafkajs has it: it calls an error what we are about to try again and report ourselves. */
function logCreatorOf(logger: KafkaLogger | undefined): logCreator {
  return () =>
    ({ namespace, level, log }) => {
      if (logger === undefined) return;
      const { message, timestamp: _, logger: __, ...fields } = log;
      const text = `kafkajs: ${message}`;
      if (level === kafkajs.logLevel.ERROR) logger.warn({ namespace, ...fields }, text);
      else if (level === kafkajs.logLevel.WARN) logger.info({ namespace, ...fields }, text);
      else logger.debug({ namespace, ...fields }, text);
    };
}
