import type { WebActionEvent } from '@offerlock/lifecycle';
import type { Random } from './random.ts';
import type { SimulatedContent, UnreadableReason } from './simulated-record.ts';

export interface Unreadable {
  readonly reason: UnreadableReason;
  readonly content: SimulatedContent;
}

/** A schema id that no registry gives out: they count from 1. */
const unknownSchemaId = 0x7fff_0000;

/** Bytes that no decoder can make an event of. `event` is what is cut off. */
export function unreadable(random: Random, event: WebActionEvent): Unreadable {
  switch (random.integer(4)) {
    case 0:
      return undecodable(randomBytes(random, 1 + random.integer(64)));
    case 1:
      // The JSON that a producer without the codec would send.
      return undecodable(Buffer.from(JSON.stringify(event)));
    case 2: {
      const bytes = Buffer.concat([Buffer.alloc(5), randomBytes(random, 40)]);
      bytes.writeUInt32BE(unknownSchemaId + random.integer(1000), 1);
      return { reason: 'UNKNOWN_SCHEMA', content: { type: 'bytes', bytes } };
    }
    default:
      // Within the event id, which comes first.
      return {
        reason: 'UNDECODABLE',
        content: { type: 'cut', event, bytesKept: 1 + random.integer(30) },
      };
  }
}

function undecodable(bytes: Buffer): Unreadable {
  return { reason: 'UNDECODABLE', content: { type: 'bytes', bytes } };
}

/** The first byte is never 0, the mark of the wire format. */
function randomBytes(random: Random, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let index = 0; index < length; index += 1) bytes[index] = random.integer(256);
  bytes[0] = 1 + random.integer(255);
  return bytes;
}
