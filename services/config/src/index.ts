export { describeVariables, parseVariables, variables, type Values, type Variables } from './variables.ts';
export {
  kafkaConnectionOf,
  kafkaVariables,
  redisConnectionOf,
  redisVariables,
  registryConnectionOf,
  registryVariables,
  type KafkaConnection,
  type RedisConnection,
  type RegistryConnection,
} from './connections.ts';
export {
  flag,
  httpUrl,
  list,
  milliseconds,
  oneOf,
  pattern,
  port,
  positiveInteger,
  secret,
  text,
} from './values.ts';
export { foldOptionsOf, lifecyclesOf, projectionVariables } from './projection-variables.ts';
