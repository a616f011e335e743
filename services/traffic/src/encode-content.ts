import { assertNever, type WebActionEvent } from '@offerlock/lifecycle';
import type { SimulatedContent } from './simulated-record.ts';

/** The bytes of a simulated record; `encoder` is the producer's. */
export function encodeContent(
  content: SimulatedContent,
  encoder: { encode(event: WebActionEvent): Buffer },
): Buffer {
  switch (content.type) {
    case 'event':
      return encoder.encode(content.event);
    case 'cut':
      return encoder.encode(content.event).subarray(0, content.bytesKept);
    case 'bytes':
      return content.bytes;
    default:
      return assertNever(content);
  }
}
