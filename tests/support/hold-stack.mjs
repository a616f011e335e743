import { startStack } from '../../infra/stack/dist/index.js';

/*
 * A process that holds a native stack until it is killed. Prints one line of JSON: where the stack is, and the pids of
 * its servers.
 */
const stack = await startStack({ own: true, environment: { ...process.env, OFFERLOCK_STACK: 'native' } });
const { brokers, registryUrl, redisAddress } = stack;
const pids = [stack.kafka?.pid, stack.registry?.pid, stack.redis?.pid];
process.stdout.write(`${JSON.stringify({ brokers, registryUrl, redisAddress, pids })}\n`);
setInterval(() => {}, 60_000);
