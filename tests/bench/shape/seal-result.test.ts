// What tools/bench seal wrote: whole, finite, and the module within its size. Times are not judged.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import type { Row } from '../lib/measure.ts';
import type { Result } from '../lib/report.ts';

const project = join(import.meta.dirname, '../../..');
const folder = join(process.env['BIDSEAL_BUILD'] ?? join(project, 'build'), 'bench');
const result = JSON.parse(readFileSync(join(folder, 'seal.json'), 'utf8')) as Result;
const libraries = 'pdf-lib + @signpdf';
const native = 'seal native, with the start of the program';

it('all rows are there, with both sides and the ratio of their medians', () => {
  assert.deepEqual(
    result.rows.map(({ work, size, peer }) => [work, size, peer.name]),
    [
      ['sealing module, brotli -q 11', 'one file', libraries],
      ['seal in the page', '1 MB', libraries],
      [native, '1 MB', 'pdfsig (poppler)'],
      ['seal in the page', '10 MB', libraries],
      [native, '10 MB', 'pdfsig (poppler)'],
      ['memory of the module, most', '10 MB', 'limit'],
    ],
  );
  for (const { work, ours, peer, ratio } of result.rows) {
    for (const { name, version, runs } of [ours, peer]) {
      assert.ok(name !== '' && version !== '', work);
      assert.ok(runs.length > 0 && runs.every((run) => Number.isFinite(run) && run > 0), `${work}: ${runs.join()}`);
    }
    assert.ok(Math.abs(ratio / (peer.median / ours.median) - 1) < 0.001, work);
  }
  assert.deepEqual(result.growth.map((each) => each.what), ['seconds per byte']);
});

const ours = (work: string): number => (result.rows.find((each) => each.work === work) as Row).ours.median;

it('the module for seals is at most 450 KB with brotli and stays under 128 MiB of memory', () => {
  assert.ok(ours('sealing module, brotli -q 11') <= 450, `${ours('sealing module, brotli -q 11')} KB`);
  assert.ok(ours('memory of the module, most') < 128, `${ours('memory of the module, most')} MiB`);
});
