import { BidSealError } from '../error.js';

const sliceSize = 4 << 20;
const aheadBytes = 12 << 20;
const smallBlob = 256 << 10;
const groupBytes = 1 << 20;
const groupSlices = 64;

/** Reads exactly this range. A file that changed under the browser's hands throws `file_changed`. */
export async function readRange(blob: Blob, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  let buffer: ArrayBuffer;
  try {
    // A slice is one more object in the browser's process: thousands of small files do without.
    const part = offset === 0 && length === blob.size ? blob : blob.slice(offset, offset + length);
    buffer = await part.arrayBuffer();
  } catch (error) {
    // The browser refuses to read a file whose size or time differs from when it was chosen.
    const name = error instanceof DOMException ? error.name : '';
    throw new BidSealError(name === 'NotReadableError' ? 'file_changed' : 'io_read', {
      message: name,
      cause: error,
    });
  }
  if (buffer.byteLength !== length) throw new BidSealError('file_changed', { position: offset });
  return new Uint8Array(buffer);
}

export interface Piece {
  /** Which of the blobs it belongs to, and whether it is the blob's last one. */
  source: number;
  last: boolean;
  bytes: Uint8Array<ArrayBuffer>;
}

/**
 * All blobs' bytes in order, each in slices, with the next slices already under way. Small blobs are
 * read together: the way to the browser's process and back costs more than their bytes. An empty blob
 * gives one empty piece.
 */
export async function* readAll(blobs: Blob[]): AsyncGenerator<Piece> {
  const jobs = jobsOf(blobs);
  const pending: { slices: Slice[]; length: number; bytes: Promise<Uint8Array<ArrayBuffer>> }[] = [];
  let pendingBytes = 0;
  let exhausted = false;
  for (;;) {
    while (!exhausted && (pendingBytes < aheadBytes || pending.length === 0)) {
      const next = jobs.next();
      if (next.done) {
        exhausted = true;
        break;
      }
      const slices = next.value;
      const length = slices.reduce((sum, slice) => sum + slice.length, 0);
      const bytes = readSlices(slices, length);
      bytes.catch(() => undefined); // it is thrown where it is awaited
      pending.push({ slices, length, bytes });
      pendingBytes += length;
    }
    const first = pending.shift();
    if (first === undefined) return;
    const bytes = await first.bytes;
    pendingBytes -= first.length;
    let at = 0;
    for (const { source, last, length } of first.slices) {
      yield { source, last, bytes: bytes.subarray(at, at + length) };
      at += length;
    }
  }
}

interface Slice {
  source: number;
  blob: Blob;
  offset: number;
  length: number;
  last: boolean;
}

/** One slice, or several whole blobs. */
async function readSlices(slices: Slice[], length: number): Promise<Uint8Array<ArrayBuffer>> {
  const [only] = slices;
  if (slices.length === 1 && only !== undefined) return readRange(only.blob, only.offset, length);
  return readRange(new Blob(slices.map((slice) => slice.blob)), 0, length);
}

function* jobsOf(blobs: Blob[]): Generator<Slice[]> {
  let together: Slice[] = [];
  let bytes = 0;
  for (const slice of slicesOf(blobs)) {
    const small = slice.length < smallBlob && slice.length === slice.blob.size;
    if (together.length > 0 && (!small || bytes + slice.length > groupBytes || together.length === groupSlices)) {
      yield together;
      together = [];
      bytes = 0;
    }
    if (!small) {
      yield [slice];
      continue;
    }
    together.push(slice);
    bytes += slice.length;
  }
  if (together.length > 0) yield together;
}

function* slicesOf(blobs: Blob[]): Generator<Slice> {
  for (const [source, blob] of blobs.entries()) {
    if (blob.size === 0) yield { source, blob, offset: 0, length: 0, last: true };
    for (let offset = 0; offset < blob.size; offset += sliceSize) {
      const length = Math.min(sliceSize, blob.size - offset);
      yield { source, blob, offset, length, last: offset + length === blob.size };
    }
  }
}

/**
 * Ranges of one file as a step machine asks for them: mostly one after the other, so the slice after
 * the present one is read while the machine computes.
 */
export class RangeReader {
  private readonly blob: Blob;
  private window: { offset: number; bytes: Uint8Array<ArrayBuffer> } | undefined;
  private ahead: { offset: number; bytes: Promise<Uint8Array<ArrayBuffer>> } | undefined;

  constructor(blob: Blob) {
    this.blob = blob;
  }

  /** The range's first bytes, as many as are at hand; at least one, at most `length`. */
  async read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    if (this.window === undefined || !contains(this.window, offset)) await this.move(offset);
    const window = this.window;
    if (window === undefined) throw new BidSealError('io_read');
    const from = offset - window.offset;
    return window.bytes.subarray(from, from + length);
  }

  /** Forgets what was read ahead. */
  dispose(): void {
    this.ahead?.bytes.catch(() => undefined);
    this.ahead = undefined;
    this.window = undefined;
  }

  private async move(offset: number): Promise<void> {
    const ahead = this.ahead;
    this.ahead = undefined;
    this.window = undefined;
    if (ahead !== undefined && ahead.offset === offset) {
      this.window = { offset, bytes: await ahead.bytes };
    } else {
      ahead?.bytes.catch(() => undefined);
      this.window = { offset, bytes: await this.fetch(offset) };
    }
    const next = offset + this.window.bytes.length;
    if (next < this.blob.size) {
      const bytes = this.fetch(next);
      bytes.catch(() => undefined); // it is thrown where it is awaited
      this.ahead = { offset: next, bytes };
    }
  }

  private fetch(offset: number): Promise<Uint8Array<ArrayBuffer>> {
    const length = Math.min(sliceSize, this.blob.size - offset);
    if (length <= 0) throw new BidSealError('bid_truncated', { position: offset });
    return readRange(this.blob, offset, length);
  }
}

function contains(window: { offset: number; bytes: Uint8Array }, offset: number): boolean {
  return offset >= window.offset && offset < window.offset + window.bytes.length;
}
