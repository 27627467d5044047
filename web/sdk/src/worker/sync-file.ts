import type { ReadRange } from '../core/seal-module.js';

// Not in the DOM's types: only workers have it.
declare class FileReaderSync {
  readAsArrayBuffer(blob: Blob): ArrayBuffer;
}

const blockSize = 64 << 10;
const mostBlocks = 64;

/** A file read while the module waits. Small reads, of which a PDF's structure takes thousands, come from a cache. */
export class SyncFile {
  private readonly file: Blob;
  private readonly onBytes: (bytes: number) => void;
  private readonly reader = new FileReaderSync();
  private readonly blocks = new Map<number, Uint8Array>();

  /** `onBytes` is told of every large read: those that digest the file. */
  constructor(file: Blob, onBytes: (bytes: number) => void) {
    this.file = file;
    this.onBytes = onBytes;
  }

  readonly readRange: ReadRange = (offset, target) => {
    try {
      if (target.length >= blockSize) {
        target.set(this.slice(offset, target.length));
        this.onBytes(target.length);
      } else {
        this.fromBlocks(offset, target);
      }
      return 0;
    } catch (error) {
      // The browser refuses to read a file whose size or time differs from when it was chosen.
      return error instanceof RangeError || (error instanceof DOMException && error.name === 'NotReadableError') ? 1 : 2;
    }
  };

  private fromBlocks(offset: number, target: Uint8Array): void {
    for (let done = 0; done < target.length; ) {
      const at = offset + done;
      const block = this.block(Math.floor(at / blockSize));
      const part = block.subarray(at % blockSize, (at % blockSize) + target.length - done);
      if (part.length === 0) throw new RangeError('the file ends early');
      target.set(part, done);
      done += part.length;
    }
  }

  private block(index: number): Uint8Array {
    let block = this.blocks.get(index);
    if (block === undefined) {
      const begin = index * blockSize;
      block = this.slice(begin, Math.min(blockSize, this.file.size - begin));
    }
    // The last one used stands last; the one that was not used for longest goes first.
    this.blocks.delete(index);
    this.blocks.set(index, block);
    for (const oldest of this.blocks.keys()) {
      if (this.blocks.size <= mostBlocks) break;
      this.blocks.delete(oldest);
    }
    return block;
  }

  private slice(offset: number, length: number): Uint8Array {
    const buffer = this.reader.readAsArrayBuffer(this.file.slice(offset, offset + length));
    if (buffer.byteLength !== length) throw new RangeError('the file ends early');
    return new Uint8Array(buffer);
  }
}
