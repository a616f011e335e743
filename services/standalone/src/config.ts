import {
  milliseconds,
  oneOf,
  pattern,
  positiveInteger,
  projectionVariables,
  text,
  variables,
  type Values,
} from '@offerlock/config';
import { httpVariables } from '@offerlock/server';
import { decisionVariables } from '@offerlock/trigger';

export const standaloneVariables = variables({
  OFFERLOCK_DATA_DIR: {
    help: 'Folder that holds all data; made if it is not there. One process uses it at a time.',
    value: text(),
    default: './data',
  },
  ...httpVariables('8080'),
  OFFERLOCK_DEMO: {
    help: 'Simulated visitors, as tenant demo. auto: while the data holds nobody else’s events.',
    value: oneOf('auto', 'on', 'off'),
    default: 'auto',
  },
  OFFERLOCK_DEMO_EVENTS_PER_SECOND: {
    help: 'How much the simulated visitors do.',
    value: positiveInteger(1_000),
    default: '6',
  },
  OFFERLOCK_PARTITIONS: {
    help: 'Partitions of the log, when the data directory is made (default 4); they never change after that.',
    value: positiveInteger(64),
    optional: true,
  },
  OFFERLOCK_RETENTION_MS: {
    help: 'Events, metrics and dead letters are deleted when they are older (default 30 days). What is known of customers stays.',
    value: milliseconds(),
    default: '2592000000',
  },
  OFFERLOCK_RETENTION_BYTES: {
    help: 'The oldest records of a topic are deleted when it takes more space on the disk (default 2 GiB).',
    value: positiveInteger(),
    default: '2147483648',
  },
  ...projectionVariables,
  ...decisionVariables,
  OFFERLOCK_DECISION_DEADLINE_MS: {
    help: 'A decision is answered within this time, in ms; what is not known by then is unavailable. Here the same process folds and writes, so it may take longer than in a trigger of its own.',
    value: positiveInteger(60_000),
    default: '500',
  },
  OFFERLOCK_BATCH_RECORDS_MAX: {
    help: 'Records that are folded and committed together, at most.',
    value: positiveInteger(100_000),
    default: '2000',
  },
  OFFERLOCK_LOG_FORMAT: {
    help: 'How the log looks on standard output. auto: text in a terminal, else json.',
    value: oneOf('auto', 'text', 'json'),
    default: 'auto',
  },
  OFFERLOCK_LOG_LEVEL: {
    help: 'How much is logged (default warn as text, info as JSON).',
    value: pattern(/^(debug|info|warn|error|silent)$/, 'one of debug, info, warn, error, silent'),
    optional: true,
  },
});

export type StandaloneValues = Values<typeof standaloneVariables>;
