import { decompress as decompressZstd } from 'fzstd';
import kafkajs from 'kafkajs';
import lz4 from 'lz4js';
import snappy from 'snappyjs';

interface Encoder {
  readonly buffer: Buffer;
}

/** kafkajs knows gzip only, and one batch in another codec would crash its consumer: teach it to read all of them. */
export function registerCodecs(): void {
  const { CompressionCodecs: codecs, CompressionTypes: types } = kafkajs;
  codecs[types.Snappy] = () => ({ compress: refuse('snappy'), decompress: wrap(uncompressSnappy) });
  codecs[types.LZ4] = () => ({ compress: refuse('lz4'), decompress: wrap(lz4.decompress) });
  codecs[types.ZSTD] = () => ({ compress: refuse('zstd'), decompress: wrap(decompressZstd) });
}

function wrap(decompress: (bytes: Buffer) => Uint8Array): (bytes: Buffer) => Promise<Buffer> {
  return (bytes) => {
    const plain = decompress(bytes);
    return Promise.resolve(Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength));
  };
}

function refuse(codec: string): (encoder: Encoder) => Promise<Buffer> {
  return () => Promise.reject(new Error(`we read ${codec}, but do not write it`));
}

const xerialMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const xerialHeaderBytes = 16;

/** Java producers cut the bytes into blocks behind a header (xerial), others write one block of plain snappy. */
function uncompressSnappy(bytes: Buffer): Buffer {
  if (!bytes.subarray(0, xerialMagic.length).equals(xerialMagic)) return snappy.uncompress(bytes);
  const blocks: Buffer[] = [];
  let at = xerialHeaderBytes;
  while (at < bytes.length) {
    const begin = at + 4;
    at = begin + bytes.readUInt32BE(at);
    blocks.push(snappy.uncompress(bytes.subarray(begin, at)));
  }
  return Buffer.concat(blocks);
}
