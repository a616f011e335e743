import type { RecordEncoder, SchemaRegistry } from './ports.ts';
import { recordKinds, recordType, type RecordKind, type Records } from './record-types.ts';
import { subjectOf } from './topics.ts';
import { headerBytes, writeHeader } from './wire-format.ts';

export type Encoders = { readonly [Kind in RecordKind]: RecordEncoder<Records[Kind]> };

/**
 * Looks up the ids of our schemas and makes an encoder for each. Errors: `SCHEMA_NOT_REGISTERED` with the subject,
 * `REGISTRY_UNAVAILABLE`. After that it needs no registry.
 */
export async function createEncoders(registry: SchemaRegistry, topicPrefix: string): Promise<Encoders> {
  const encoder = async <Kind extends RecordKind>(kind: Kind) =>
    createEncoder(kind, await registry.idOf(subjectOf(kind, topicPrefix), recordType(kind).schemaJson));
  return {
    event: await encoder('event'),
    metric: await encoder('metric'),
    offerState: await encoder('offerState'),
    timer: await encoder('timer'),
    blockedOffer: await encoder('blockedOffer'),
    actionMaps: await encoder('actionMaps'),
  };
}

/**
 * Registers every schema under its subject; a repeat changes nothing. Errors: `SCHEMA_INCOMPATIBLE`,
 * `REGISTRY_UNAVAILABLE`; those before it are registered then.
 */
export async function registerSchemas(
  registry: SchemaRegistry,
  topicPrefix: string,
): Promise<readonly { readonly subject: string; readonly id: number }[]> {
  const registered = [];
  for (const kind of recordKinds) {
    const subject = subjectOf(kind, topicPrefix);
    registered.push({ subject, id: await registry.register(subject, recordType(kind).schemaJson) });
  }
  return registered;
}

const slabBytes = 64 * 1024;

/**
 * An encoder whose values carry this schema id. It throws on a record that does not fit the schema: TypeScript's types
 * leave only numbers out of range for that, so it is a broken invariant.
 *
 * Values are written one after the other into a shared slab and returned as views of it, which costs neither a copy nor
 * an allocation of memory per value. A value that is kept therefore keeps its whole slab: do not keep many for long.
 */
export function createEncoder<Kind extends RecordKind>(
  kind: Kind,
  schemaId: number,
): RecordEncoder<Records[Kind]> {
  const { avroType } = recordType(kind);
  let slab = Buffer.allocUnsafeSlow(slabBytes);
  let used = 0;

  const encodeAt = (record: Records[Kind], buffer: Buffer, start: number): number => {
    writeHeader(buffer, start, schemaId);
    return avroType.encode(record, buffer, start + headerBytes);
  };
  const takeSlab = (): void => {
    slab = Buffer.allocUnsafeSlow(slabBytes);
    used = 0;
  };

  return {
    encode(record) {
      if (used + headerBytes > slabBytes) takeSlab();
      let end = encodeAt(record, slab, used);
      if (end < 0) {
        // A negative end is the number of bytes that were missing.
        const valueBytes = slabBytes - used - end;
        if (valueBytes > slabBytes) {
          const own = Buffer.allocUnsafeSlow(valueBytes);
          encodeAt(record, own, 0);
          return own;
        }
        takeSlab();
        end = encodeAt(record, slab, 0);
      }
      const value = slab.subarray(used, end);
      used = end;
      return value;
    },
  };
}
