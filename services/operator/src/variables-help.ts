import { describeVariables, kafkaVariables, redisVariables, registryVariables } from '@offerlock/config';
import { serviceVariables } from './service/variables.ts';
import { dataDirectoryVariables, expiryVariables, projectorVariables } from './transfer/variables.ts';

const variableGroups = {
  Kafka: kafkaVariables,
  'Schema registry': registryVariables,
  Redis: redisVariables,
  'Data directory': dataDirectoryVariables,
  Projectors: projectorVariables,
  'Offers in Redis': expiryVariables,
  Service: serviceVariables,
} as const;

/** Of the systems that a command talks to. */
export type VariableGroup = keyof typeof variableGroups;

/** The environment variables of these groups, as `--help` prints them. */
export function variablesHelp(...groups: readonly VariableGroup[]): string {
  return groups
    .map((group) => `${group}, from the environment:\n${describeVariables(variableGroups[group])}`)
    .join('\n\n');
}

export function allVariablesHelp(): string {
  return variablesHelp(...(Object.keys(variableGroups) as VariableGroup[]));
}
