import { OfferlockError } from '@offerlock/lifecycle';
import type { LocalScheduler, LocalStep } from '../local/scheduler.ts';
import type { Claim } from '../owner/claim.ts';
import { nextMark } from '../owner/mark.ts';
import { offsetOutsideLog } from '../owner/offset-outside-log.ts';
import type { MemoryBroker } from './memory-broker.ts';

/** Takes the claim in the same three steps as on Kafka, with a scheduler between them. */
export async function takeMemoryClaim(
  broker: MemoryBroker,
  scheduler: LocalScheduler,
  owner: { readonly member: string; readonly partition: number },
): Promise<Claim> {
  const { partition } = owner;
  const before = (step: LocalStep['step']) => scheduler.before({ ...owner, step });

  await before('init-producer');
  broker.requireAvailable();
  if (broker.claimFaults > 0) {
    broker.claimFaults -= 1;
    throw new OfferlockError('LOG_UNAVAILABLE', 'the claim was told to fail');
  }
  const producer = { partition, producerEpoch: broker.initProducer(partition) };

  await before('read-committed');
  broker.requireAvailable();
  const { startOffset: logStart, endOffset } = broker.partition('events', partition);
  const committed = broker.committed(partition);
  const startOffset = committed?.offset ?? logStart;
  if (startOffset < logStart || startOffset > endOffset) {
    throw offsetOutsideLog({ topic: 'events', partition, offset: startOffset, logStart, endOffset });
  }
  const mark = nextMark(committed?.mark ?? null, scheduler.now());

  await before('mark');
  broker.commit(producer, [], { offset: startOffset, mark });

  return {
    ...mark,
    startOffset,
    endOffset,
    commit: async ({ nextOffset, outputs }) => {
      await before('commit');
      broker.commit(producer, outputs, { offset: nextOffset, mark }, broker.commitFaults.shift());
    },
    release: () => {},
  };
}
