// The main job as "tools/run --once" does it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { it } from 'node:test';

it('the main job goes through and every document comes back byte for byte', () => {
  const done = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, '../main-job.mjs')], {
    encoding: 'utf8',
    timeout: 300_000,
  });
  process.stdout.write(done.stdout);
  assert.equal(done.status, 0, done.stderr);
  assert.match(done.stdout, /9 documents, .* all equal/);
});
