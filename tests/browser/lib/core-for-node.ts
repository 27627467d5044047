// The testing module of the core in Node, to make tender files for browser tests.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { TestingCore } from '../../../web/sdk/src/testing/key-file-provider.ts';

/** Folder with the built wasm modules. */
export const moduleFolder = join(
  process.env['BIDSEAL_BUILD'] ?? join(import.meta.dirname, '../../../build'),
  'wasm/module',
);

export async function loadTestingCore(): Promise<TestingCore> {
  const { default: create } = (await import(pathToFileURL(join(moduleFolder, 'bidseal_testing.mjs')).href)) as {
    default: (options: { wasmBinary: Uint8Array }) => Promise<TestingCore>;
  };
  return create({ wasmBinary: await readFile(join(moduleFolder, 'bidseal_testing.wasm')) });
}

/** The value of a guarded call; its error thrown by code. */
export function unpack<Value>(result: { value: Value; error?: undefined } | { error: { code: string; message: string } }): Value {
  if (result.error !== undefined) throw new Error(`${result.error.code}: ${result.error.message}`);
  return result.value;
}
