/**
 * `server.properties` of a single KRaft node for development and tests: internal topics without replicas and with few
 * partitions (each partition costs start time), no waiting for further group members, session timeouts as short as a
 * test may want them.
 */
export function kafkaProperties(options: {
  readonly port: number;
  readonly controllerPort: number;
  readonly dataDir: string;
}): string {
  const properties: Record<string, string | number | boolean> = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${options.controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${options.port},CONTROLLER://127.0.0.1:${options.controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${options.port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': options.dataDir,
    ...kafkaBehaviour,
  };
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** What a test may rely on, however the broker was started. */
export const kafkaBehaviour: Readonly<Record<string, string | number | boolean>> = {
  'auto.create.topics.enable': false,
  'offsets.topic.num.partitions': 4,
  'offsets.topic.replication.factor': 1,
  'transaction.state.log.num.partitions': 4,
  'transaction.state.log.replication.factor': 1,
  'transaction.state.log.min.isr': 1,
  'share.coordinator.state.topic.num.partitions': 1,
  'share.coordinator.state.topic.replication.factor': 1,
  'share.coordinator.state.topic.min.isr': 1,
  'group.initial.rebalance.delay.ms': 0,
  'group.min.session.timeout.ms': 1_000,
};

/** The same node for the image `apache/kafka`, which takes properties as variables; reached from outside as `broker`. */
export function kafkaEnvironment(broker: string): Record<string, string> {
  const properties: Record<string, string | number | boolean> = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': '1@localhost:9093',
    // To commit transactions the broker calls itself; from inside the container it cannot by its published address.
    listeners: 'INSIDE://localhost:29092,OUTSIDE://0.0.0.0:9092,CONTROLLER://localhost:9093',
    'advertised.listeners': `INSIDE://localhost:29092,OUTSIDE://${broker}`,
    'inter.broker.listener.name': 'INSIDE',
    'listener.security.protocol.map': 'INSIDE:PLAINTEXT,OUTSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    ...kafkaBehaviour,
  };
  const variables = Object.entries(properties).map(([name, value]) => [
    `KAFKA_${name.replaceAll('.', '_').toUpperCase()}`,
    String(value),
  ]);
  return { KAFKA_HEAP_OPTS: '-Xmx1g', ...Object.fromEntries(variables) };
}
