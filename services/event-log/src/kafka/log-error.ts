import { OfferlockError } from '@offerlock/lifecycle';

type Details = Readonly<Record<string, unknown>>;

const fencedTypes = new Set(['INVALID_PRODUCER_EPOCH', 'PRODUCER_FENCED']);

/** Trying again cannot help: somebody has to change a setting or a permission. */
const configurationTypes = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_SESSION_TIMEOUT',
  'INVALID_TRANSACTION_TIMEOUT',
  'INCONSISTENT_GROUP_PROTOCOL',
  'UNSUPPORTED_VERSION',
  'UNSUPPORTED_SASL_MECHANISM',
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'SASL_AUTHENTICATION_FAILED',
]);

/** Any failure of the client, in our terms. `attempt` says what was tried: "claim partition 3". */
export function logError(error: unknown, attempt: string, details: Details = {}): OfferlockError {
  if (error instanceof OfferlockError) return error;
  const types = typesOf(error);
  const options = { cause: error, details };
  const reason = error instanceof Error ? error.message : String(error);
  if (types.some((type) => fencedTypes.has(type))) {
    return new OfferlockError('CLAIM_LOST', `${attempt}: another owner has claimed the partition`, options);
  }
  if (types.some((type) => configurationTypes.has(type)) || isAuthenticationError(error)) {
    return new OfferlockError('CONFIG_INVALID', `${attempt}: Kafka refuses it: ${reason}`, options);
  }
  return new OfferlockError('LOG_UNAVAILABLE', `${attempt}: ${reason}`, options);
}

/** Kafka's names of the errors in the chain of causes; kafkajs wraps what it gave up on. */
export function typesOf(error: unknown): string[] {
  return chainOf(error).flatMap((link) =>
    'type' in link && typeof link.type === 'string' ? [link.type] : [],
  );
}

function isAuthenticationError(error: unknown): boolean {
  return chainOf(error).some(({ name }) => name === 'KafkaJSSASLAuthenticationError');
}

function chainOf(error: unknown): Error[] {
  const chain: Error[] = [];
  let link = error;
  while (link instanceof Error && !chain.includes(link)) {
    chain.push(link);
    link = link.cause;
  }
  return chain;
}
