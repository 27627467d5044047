import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeZip, type ZipEntry, type ZipTarget } from './zip-writer';

class MemoryTarget implements ZipTarget {
  bytes = Buffer.alloc(0);
  async write(bytes: Uint8Array): Promise<void> {
    this.bytes = Buffer.concat([this.bytes, bytes]);
  }
  async patch(position: number, bytes: Uint8Array): Promise<void> {
    this.bytes.set(bytes, position);
  }
}

const entryOf = (path: string, content: Uint8Array<ArrayBuffer>): ZipEntry => ({
  path,
  size: content.length,
  stream: () => new Blob([content]).stream(),
});

test('unzip accepts the file and gives back every byte', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bidseal-zip-'));
  try {
    const big = new Uint8Array(300_000).map((_, i) => (i * 31) & 0xff);
    const target = new MemoryTarget();
    let done = 0;
    await writeZip(
      [entryOf('price/报价 表.xlsx', big), entryOf('empty.txt', new Uint8Array())],
      target,
      { onBytes: (bytes) => (done = bytes) },
    );
    expect(done).toBe(300_000);
    const file = join(folder, 'all.zip');
    writeFileSync(file, target.bytes);
    execFileSync('unzip', ['-tq', file]);
    execFileSync('unzip', ['-q', file, '-d', folder]);
    expect(readFileSync(join(folder, 'price/报价 表.xlsx')).equals(Buffer.from(big))).toBe(true);
    expect(readFileSync(join(folder, 'empty.txt')).length).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a document that is shorter than it should be is refused', async () => {
  const entry = { ...entryOf('a', new Uint8Array(3)), size: 4 };
  await expect(writeZip([entry], new MemoryTarget())).rejects.toMatchObject({ code: 'io_read' });
});
