// Compiles the package into dist and puts the wasm module beside it. BIDSEAL_WASM_MODULE names the
// folder with the modules that "tools/build wasm" made.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const module = process.env.BIDSEAL_WASM_MODULE ?? join(here, '../../build/wasm/module');
const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');

rmSync(join(here, 'dist'), { recursive: true, force: true });
const result = spawnSync(process.execPath, [compiler, '-p', join(here, 'tsconfig.json')], { stdio: 'inherit' });
if (result.status !== 0) process.exit(result.status ?? 1);

mkdirSync(join(here, 'dist/wasm'), { recursive: true });
for (const name of ['bidseal.mjs', 'bidseal.wasm', 'bidseal_seal.mjs', 'bidseal_seal.wasm']) {
  copyFileSync(join(module, name), join(here, 'dist/wasm', name));
}
for (const name of ['bidseal.d.mts', 'bidseal_seal.d.mts']) {
  copyFileSync(join(here, 'src/wasm', name), join(here, 'dist/wasm', name));
}
