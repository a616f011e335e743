import { createMemoryRegistry } from '@offerlock/schemas/memory';
import { registryContract } from '../registry.contract.ts';

const registry = createMemoryRegistry();
const unreachable = createMemoryRegistry();
unreachable.setAvailable(false);

registryContract(
  'memory',
  () => registry,
  () => unreachable,
);
