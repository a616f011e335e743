import { repository, startServingProcess, type ServingProcess } from './serving-process.ts';

export const projectorMain = `${repository}services/projector/dist/main.js`;
export const dyingProjectorMain = `${repository}tests/dist/support/dying-projector.js`;
export const operatorMain = `${repository}services/operator/dist/main.js`;

/** A projector in a process of its own, on a port that the system chooses. */
export function startProjectorProcess(
  environment: Readonly<Record<string, string>>,
  { script = projectorMain, nodeArguments = [] as readonly string[] } = {},
): ServingProcess {
  return startServingProcess({ script, environment, nodeArguments });
}
