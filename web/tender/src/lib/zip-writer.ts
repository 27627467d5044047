// An ordinary ZIP of the opened documents for browsers that cannot write into a folder: stored, UTF-8
// names, ZIP64 where sizes ask for it.
import { BidSealError } from '@bidseal/sdk';

/** Somewhere that takes bytes in order and can go back to fill in what was not yet known. */
export interface ZipTarget {
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Replaces bytes that were written before. */
  patch(position: number, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
}

export interface ZipEntry {
  path: string;
  size: number;
  stream(): ReadableStream<Uint8Array<ArrayBuffer>>;
}

const crcTable = Uint32Array.from({ length: 256 }, (_, value) => {
  let crc = value;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

function crc32(bytes: Uint8Array, before: number): number {
  let crc = ~before;
  for (let i = 0; i < bytes.length; i += 1) crc = (crcTable[(crc ^ (bytes[i] ?? 0)) & 0xff] ?? 0) ^ (crc >>> 8);
  return ~crc >>> 0;
}

const most32 = 0xffffffff;

/** Little-endian fields one after the other: `[bytes, value]`. */
function fields(...values: [1 | 2 | 4 | 8, number][]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(values.reduce((sum, [width]) => sum + width, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [width, value] of values) {
    if (width === 1) view.setUint8(at, value);
    else if (width === 2) view.setUint16(at, value, true);
    else if (width === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += width;
  }
  return bytes;
}

function join(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const clip = (value: number): number => Math.min(value, most32);
const utf8Stored = [2, 0x0800] as [2, number];
// 1980-01-01: the bid does not hold the documents' times, so none is invented.
const noTime: [2, number][] = [[2, 0], [2, 0x21]];

/** Writes all entries and the directory. `onBytes` is told the bytes of documents so far. */
export async function writeZip(
  entries: ZipEntry[],
  target: ZipTarget,
  options: { signal?: AbortSignal; onBytes?: (done: number) => void } = {},
): Promise<void> {
  const directory: Uint8Array[] = [];
  let position = 0;
  let done = 0;
  for (const entry of entries) {
    const name = new TextEncoder().encode(entry.path);
    const large = entry.size >= most32;
    const local = (crc: number): Uint8Array<ArrayBuffer> =>
      join(
        fields([4, 0x04034b50], [2, large ? 45 : 20], utf8Stored, [2, 0], ...noTime, [4, crc],
          [4, clip(entry.size)], [4, clip(entry.size)], [2, name.length], [2, large ? 20 : 0]),
        name,
        large ? fields([2, 1], [2, 16], [8, entry.size], [8, entry.size]) : new Uint8Array(),
      );
    const head = local(0);
    await target.write(head);
    let crc = 0;
    let written = 0;
    const reader = entry.stream().getReader();
    for (;;) {
      options.signal?.throwIfAborted();
      const piece = await reader.read();
      if (piece.done) break;
      crc = crc32(piece.value, crc);
      written += piece.value.length;
      done += piece.value.length;
      await target.write(piece.value);
      options.onBytes?.(done);
    }
    if (written !== entry.size) throw new BidSealError('io_read');
    await target.patch(position, local(crc));
    directory.push(central(name, entry.size, crc, position));
    position += head.length + written;
  }
  const list = join(...directory);
  await target.write(list);
  await target.write(ending(entries.length, list.length, position));
}

function central(name: Uint8Array, size: number, crc: number, position: number): Uint8Array {
  const extra: [8, number][] = [];
  if (size >= most32) extra.push([8, size], [8, size]);
  if (position >= most32) extra.push([8, position]);
  const more = extra.length > 0 ? fields([2, 1], [2, extra.length * 8], ...extra) : new Uint8Array();
  const version = extra.length > 0 ? 45 : 20;
  return join(
    // Made "on Unix" as an ordinary file: unzip reads UTF-8 names of others in a code page.
    fields([4, 0x02014b50], [2, 0x0300 | version], [2, version], utf8Stored, [2, 0], ...noTime, [4, crc], [4, clip(size)],
      [4, clip(size)], [2, name.length], [2, more.length], [2, 0], [2, 0], [2, 0], [4, 0x81a40000],
      [4, clip(position)]),
    name,
    more,
  );
}

function ending(count: number, length: number, position: number): Uint8Array<ArrayBuffer> {
  const large = count >= 0xffff || length >= most32 || position >= most32;
  const zip64 = large
    ? join(
        fields([4, 0x06064b50], [8, 44], [2, 45], [2, 45], [4, 0], [4, 0], [8, count], [8, count], [8, length],
          [8, position]),
        fields([4, 0x07064b50], [4, 0], [8, position + length], [4, 1]),
      )
    : new Uint8Array();
  const few = Math.min(count, 0xffff);
  return join(
    zip64,
    fields([4, 0x06054b50], [2, 0], [2, 0], [2, few], [2, few], [4, clip(length)], [4, clip(position)], [2, 0]),
  );
}
