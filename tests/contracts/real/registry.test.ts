import { parseVariables, registryConnectionOf, registryVariables } from '@offerlock/config';
import { createConfluentRegistry } from '@offerlock/schemas/confluent';
import { registryContract } from '../registry.contract.ts';

const connection = registryConnectionOf(parseVariables(registryVariables, process.env));
const registry = createConfluentRegistry(connection);
// Nothing listens on port 1.
const unreachable = createConfluentRegistry({ url: 'http://127.0.0.1:1', auth: null });

registryContract(
  'real',
  () => registry,
  () => unreachable,
);
