import { createMemoryProjection } from '@offerlock/projection/memory';
import { projectionContract } from '../projection.contract.ts';

projectionContract('memory', async () => {
  const projection = createMemoryProjection();
  return {
    store: projection.store(),
    otherStore: projection.store(),
    reader: projection.reader(),
    close: async () => {},
  };
});
