import { environmentOf, startStack } from '../../infra/stack/dist/index.js';
import { warmUpCoordinators } from './warm-up-coordinators.mjs';

/**
 * Jest's global setup of the `stack` project: one stack for the whole run. The tests find it as the processes of a
 * deployment do, by the environment, which their workers inherit.
 */
export default async function setUp() {
  const stack = await startStack();
  await warmUpCoordinators([...stack.brokers]);
  Object.assign(process.env, environmentOf(stack));
  globalThis.offerlockStack = stack;
}
