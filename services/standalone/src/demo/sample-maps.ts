import { readFileSync } from 'node:fs';
import { checkActionMaps, type ActionMapsFile } from '@offerlock/lifecycle';

/**
 * Action maps of the demo tenant, with the ids and versions that simulated visitors are offered. Many of them meet
 * another gate, so that a few questions show most of the gates.
 */
export function readSampleMaps(): ActionMapsFile {
  const path = new URL('../../demo/action-maps.json', import.meta.url);
  const checked = checkActionMaps(JSON.parse(readFileSync(path, 'utf8')));
  if (checked.outcome === 'accepted') return checked.value;
  throw new Error(`${path.pathname}: ${JSON.stringify(checked.problems)}`);
}
