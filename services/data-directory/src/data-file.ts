import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { endianness } from 'node:os';
import { structureDamaged } from './lmdb-errors.ts';

/**
 * LMDB maps its file into memory and trusts it: of a file that is cut short or overwritten it would make a crash of the
 * process. So the two meta pages, which everything hangs on, are looked at before LMDB opens the file, and where the file
 * is shorter than they say, all pages that are in use.
 *
 * The layout is that of LMDB's data version 2 on 64-bit machines, in their byte order.
 */
const magic = 0xbeefc0de;
const dataVersion = 2;
const pageHeadBytes = 24;
const branchFlag = 0x01;
const leafFlag = 0x02;
const metaFlag = 0x08;
const bigDataFlag = 0x01;
const subDatabaseFlag = 0x02;
const noPage = 0xffff_ffff_ffff_ffffn;
const nodeHeadBytes = 8;
const rootInDatabase = 40;

interface Meta {
  readonly pageBytes: number;
  readonly roots: readonly bigint[];
  readonly lastPage: bigint;
  readonly transaction: bigint;
}

/** Error: `LOG_CORRUPT` naming the file, which is only read. */
export function checkDataFile(file: string): void {
  if (endianness() !== 'LE' || ['arm', 'ia32'].includes(process.arch)) return;
  const descriptor = openSync(file, 'r');
  try {
    const reader = new PageReader(file, descriptor);
    const first = reader.meta(0);
    const second = reader.meta(first.pageBytes);
    const meta = first.transaction > second.transaction ? first : second;
    for (const root of meta.roots) {
      if (root !== noPage) reader.page(root, meta);
    }
    if (BigInt(fstatSync(descriptor).size) < (meta.lastPage + 1n) * BigInt(meta.pageBytes)) reader.walk(meta);
  } finally {
    closeSync(descriptor);
  }
}

class PageReader {
  readonly #file: string;
  readonly #descriptor: number;

  constructor(file: string, descriptor: number) {
    this.#file = file;
    this.#descriptor = descriptor;
  }

  meta(position: number): Meta {
    const page = this.#read(position, pageHeadBytes + 144);
    const at = pageHeadBytes;
    const pageBytes = page.readUInt32LE(at + 24);
    const sound =
      (page.readUInt16LE(18) & metaFlag) !== 0 &&
      page.readUInt32LE(at) === magic &&
      (page.readUInt32LE(at + 4) & 0xffff) === dataVersion &&
      pageBytes >= 4_096 &&
      pageBytes <= 65_536 &&
      (pageBytes & (pageBytes - 1)) === 0;
    if (!sound) throw this.#damaged(`its header at byte ${position} is not LMDB's`);
    return {
      pageBytes,
      roots: [page.readBigUInt64LE(at + 24 + rootInDatabase), page.readBigUInt64LE(at + 72 + rootInDatabase)],
      lastPage: page.readBigUInt64LE(at + 120),
      transaction: page.readBigUInt64LE(at + 128),
    };
  }

  /** A page of a tree. */
  page(number: bigint, { pageBytes, lastPage }: Meta): Buffer {
    if (number > lastPage) throw this.#damaged(`page ${number} is in use, but the last one is ${lastPage}`);
    const page = this.#read(Number(number) * pageBytes, pageBytes);
    const kind = page.readUInt16LE(18);
    if (page.readBigUInt64LE(0) !== number || (kind & (branchFlag | leafFlag)) === 0) {
      throw this.#damaged(`page ${number} is none of LMDB's`);
    }
    return page;
  }

  /** Looks at every page of every tree. Pages that are free may lie behind the end of the file. */
  walk(meta: Meta): void {
    const waiting = meta.roots.filter((root) => root !== noPage);
    for (let number = waiting.pop(); number !== undefined; number = waiting.pop()) {
      const page = this.page(number, meta);
      const isBranch = (page.readUInt16LE(18) & branchFlag) !== 0;
      const count = page.readUInt16LE(20) >>> 1;
      for (let node = 0; node < count; node += 1) {
        const at = pageHeadBytes + page.readUInt16LE(pageHeadBytes + 2 * node);
        const [low, high, flags, keyBytes] = [0, 2, 4, 6].map((field) => page.readUInt16LE(at + field)) as [
          number,
          number,
          number,
          number,
        ];
        const data = at + nodeHeadBytes + keyBytes;
        if (isBranch) waiting.push(BigInt(low) + (BigInt(high) << 16n) + (BigInt(flags) << 32n));
        else if (flags & subDatabaseFlag) {
          const root = page.readBigUInt64LE(data + rootInDatabase);
          if (root !== noPage) waiting.push(root);
        } else if (flags & bigDataFlag) {
          const bytes = pageHeadBytes + low + high * 65_536;
          this.#read(Number(page.readBigUInt64LE(data)) * meta.pageBytes + bytes - 1, 1);
        }
      }
    }
  }

  #read(position: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    if (readSync(this.#descriptor, bytes, 0, length, position) < length) {
      throw this.#damaged(`it ends before byte ${position + length}, which is in use`);
    }
    return bytes;
  }

  #damaged(cause: string) {
    return structureDamaged(this.#file, cause);
  }
}
