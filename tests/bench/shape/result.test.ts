// What tools/bench core wrote: whole, finite, and the module within its size. Times are not judged.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import type { Row, Side } from '../lib/measure.ts';
import type { Result } from '../lib/report.ts';

const project = join(import.meta.dirname, '../../..');
const folder = join(process.env['BIDSEAL_BUILD'] ?? join(project, 'build'), 'bench');
const result = JSON.parse(readFileSync(join(folder, 'core.json'), 'utf8')) as Result;

const libraries = 'hash-wasm + fflate + sm-crypto-v2';
const tools = 'openssl + zip';
const expected = [
  ['time to ready', 'first answer of a new worker', libraries],
  ['packing module, brotli -q 11', 'one file', libraries],
  ['SM3 in the page', '4 MiB', 'hash-wasm'],
  ['SM4 (ours CTR, sm-crypto-v2 CBC) in the page', '4 MiB', 'sm-crypto-v2'],
  ...['sign', 'verify', 'encrypt', 'decrypt'].map((each) => [`SM2 ${each} in the page`, '32 bytes', 'sm-crypto-v2']),
  ...['SM3', 'SM4-CTR'].map((each) => [`${each} native`, '4 MiB', 'OpenSSL libcrypto']),
  ...['sign', 'verify', 'encrypt', 'decrypt'].map((each) => [`SM2 ${each} native`, '32 bytes', 'OpenSSL libcrypto']),
  ...[1, 10, 100].map((count) => ['pack small documents', `${count} × 16 KiB`, libraries]),
  ['pack small documents', '100 × 16 KiB', tools],
  ['pack', '1 MiB', libraries],
  ['pack', '4 MiB', libraries],
  ['pack', '16 MiB', libraries],
  ['pack', '16 MiB', tools],
  ['pack; the peer in a pipe on all cores', '16 MiB', tools],
  ['pack; the peer leaves the ciphertext unhashed', '16 MiB', libraries],
  ['memory of the module, most', '16 MiB', 'limit'],
];

it('all rows are there', () => {
  assert.deepEqual(
    result.rows.map(({ work, size, peer }) => [work, size, peer.name]),
    expected,
  );
});

function checkSide(side: Side): void {
  assert.ok(side.name !== '' && side.version !== '', side.name);
  assert.ok(side.runs.length > 0 && side.runs.every((run) => Number.isFinite(run) && run > 0), side.runs.join());
  assert.equal(side.min, Math.min(...side.runs));
  assert.equal(side.max, Math.max(...side.runs));
  assert.ok(side.min <= side.median && side.median <= side.max);
}

it('each row has both sides, and the ratio of their medians', () => {
  for (const { work, better, unit, ours, peer, ratio } of result.rows) {
    checkSide(ours);
    checkSide(peer);
    assert.ok(unit !== '', work);
    const wanted = better === 'higher' ? ours.median / peer.median : peer.median / ours.median;
    assert.ok(Math.abs(ratio / wanted - 1) < 0.001, `${work}: ${ratio}, not ${wanted}`);
  }
});

it('says where it was measured', () => {
  assert.match(result.commit, /^[0-9a-f]{40}\+?$/);
  assert.ok(result.quick);
  assert.ok(result.machine.cpu !== '' && result.machine.cores > 0 && result.machine.memoryGiB > 0);
  assert.match(result.machine.browser, /^Chromium \d+\./);
  assert.match(result.machine.openssl, /^\d+\.\d+/);
  for (const load of [result.load.before, result.load.after]) assert.equal(load.length, 3);
  assert.deepEqual(result.growth.map((each) => each.what), ['seconds per byte', 'seconds per document']);
});

const sizeOf = (work: string): Row => result.rows.find((each) => each.work === work) as Row;

it('the packing module is at most 450 KB with brotli', () => {
  const { ours } = sizeOf('packing module, brotli -q 11');
  assert.ok(ours.median <= 450, `${ours.median} KB`);
});

it('the module stays under 64 MiB of memory', () => {
  const { ours } = sizeOf('memory of the module, most');
  assert.ok(ours.median < 64, `${ours.median} MiB`);
});

it('the picture has a bar for each row', () => {
  const svg = readFileSync(join(folder, 'core.svg'), 'utf8');
  assert.equal(svg.split('rx="2"').length - 1, result.rows.length);
});
