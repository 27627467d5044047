// tools/bench's program: runs the suites and writes what they found.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { commit, load, machine } from './lib/machine.ts';
import { picture, type Result, table } from './lib/report.ts';
import { runBridge } from './suites/bridge.ts';
import { runCore, type SuiteOptions, type SuiteResult } from './suites/core.ts';
import { runSeal } from './suites/seal.ts';

const suites: Record<string, (options: SuiteOptions) => Promise<SuiteResult>> = {
  core: runCore,
  bridge: runBridge,
  seal: runSeal,
};

const project = join(import.meta.dirname, '../..');
const build = process.env['BIDSEAL_BUILD'] ?? join(project, 'build');
const quick = process.argv.includes('--quick');
const largest = /^--largest=(\d+)$/m.exec(process.argv.join('\n'))?.[1];
const names = process.argv.slice(2).filter((each) => !each.startsWith('--'));
const target = quick ? join(build, 'bench') : join(project, 'docs/bench');

async function run(name: string): Promise<void> {
  const suite = suites[name];
  if (suite === undefined) throw new Error(`no suite "${name}"; there are: ${Object.keys(suites).join(', ')}`);
  await mkdir(join(build, 'bench'), { recursive: true });
  const folder = await mkdtemp(join(build, 'bench/work-'));
  const before = load();
  const commitBefore = commit();
  const known = machine('');
  try {
    const { rows, browser, growth } = await suite({
      quick,
      largestMebibytes: largest === undefined ? Infinity : Number(largest),
      folder,
      build,
      opensslVersion: known.openssl,
      zipVersion: known.zip,
      say: (text) => process.stdout.write(`${text}\n`),
    });
    const result: Result = {
      suite: name,
      quick,
      date: new Date().toISOString(),
      commit: commitBefore,
      machine: machine(browser),
      load: { before, after: load() },
      growth,
      rows,
    };
    await mkdir(target, { recursive: true });
    await writeFile(join(target, `${name}.json`), `${JSON.stringify(result, undefined, 2)}\n`);
    await writeFile(join(target, `${name}.md`), table(result));
    await writeFile(join(target, `${name}.svg`), picture(result));
    process.stdout.write(`\nwritten: ${join(target, `${name}.{json,md,svg}`)}\n`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

for (const name of names.length > 0 ? names : Object.keys(suites)) await run(name);
