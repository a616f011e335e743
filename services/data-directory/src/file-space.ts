import { closeSync, fstatSync, openSync, writeSync } from 'node:fs';

const stepBytes = 1_048_576;
const zeros = Buffer.alloc(stepBytes);

/**
 * Room in the data file that is taken from the disk before LMDB writes there. So a full disk shows here, as a plain
 * error, and never in the middle of a transaction: LMDB 0.9.90 as lmdb-js 3.5.6 brings it writes past a buffer of 100
 * bytes when it makes the text of such an error, which ends the process sooner or later.
 */
export class FileSpace {
  readonly #file: string;
  #takenBytes = 0;

  constructor(file: string) {
    this.#file = file;
  }

  /** Makes the file at least so long. Throws the error of the file system; what was taken until then is kept. */
  require(bytes: number): void {
    if (bytes <= this.#takenBytes) return;
    const descriptor = openSync(this.#file, 'r+');
    try {
      let at = fstatSync(descriptor).size;
      // Growing by an eighth keeps these calls rare.
      const wanted = Math.max(bytes, at + Math.min(Math.floor(at / 8), 64 * stepBytes));
      while (at < wanted) at += writeSync(descriptor, zeros, 0, Math.min(stepBytes, wanted - at), at);
      this.#takenBytes = at;
    } finally {
      closeSync(descriptor);
    }
  }
}
