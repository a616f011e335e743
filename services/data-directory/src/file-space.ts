import { open } from 'node:fs/promises';

const stepBytes = 1_048_576;
/** More at once would be felt by the transaction that has to put it on the disk. */
const growthBytesMax = 4 * stepBytes;
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

  /** Whether the file is known to be so long. */
  has(bytes: number): boolean {
    return bytes <= this.#takenBytes;
  }

  /** Makes the file at least so long. Rejects with the error of the file system; what was taken until then is kept. */
  async require(bytes: number): Promise<void> {
    const file = await open(this.#file, 'r+');
    try {
      this.#takenBytes = (await file.stat()).size;
      // Growing by an eighth keeps these calls rare.
      const wanted = Math.max(
        bytes,
        this.#takenBytes + Math.min(Math.floor(this.#takenBytes / 8), growthBytesMax),
      );
      while (this.#takenBytes < wanted) {
        const length = Math.min(stepBytes, wanted - this.#takenBytes);
        const { bytesWritten } = await file.write(zeros, 0, length, this.#takenBytes);
        this.#takenBytes += bytesWritten;
      }
    } finally {
      await file.close();
    }
  }
}
