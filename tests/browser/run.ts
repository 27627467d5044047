// Runs the *.test.ts files of a folder one after the other and ends with "N passed, N failed".
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const folder = process.argv[2];
if (folder === undefined) throw new Error('usage: run.ts FOLDER');
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => join(folder, name));
if (files.length === 0) throw new Error(`no tests in ${folder}`);

let passed = 0;
let failed = 0;
const stream = run({ files, concurrency: false });
// Suites only sum up their tests, and a file counts where it holds nothing or broke by itself.
stream.on('test:pass', (data) => {
  if (data.details.type !== 'suite') passed += 1;
});
stream.on('test:fail', (data) => {
  if (data.details.type !== 'suite') failed += 1;
});
stream.on('close', () => {
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
});
stream.compose(spec).pipe(process.stdout, { end: false });
