/** The Confluent wire format: a magic byte 0, the schema id in 4 bytes, then the Avro body. */
export const headerBytes = 5;

export function writeHeader(buffer: Buffer, start: number, schemaId: number): void {
  buffer[start] = 0;
  buffer.writeUInt32BE(schemaId, start + 1);
}

/** The schema id, or what is wrong with the header. */
export function readSchemaId(value: Buffer): number | string {
  if (value.length < headerBytes) return `${value.length} bytes are too few for a header of ${headerBytes}`;
  if (value[0] !== 0) return `the first byte is ${value[0]} instead of 0`;
  return value.readUInt32BE(1);
}

/** A copy of a value, its body as it is, under another schema id. */
export function withSchemaId(value: Buffer, schemaId: number): Buffer {
  const copy = Buffer.from(value);
  writeHeader(copy, 0, schemaId);
  return copy;
}
