import type { CoreModule } from '../core/core-module.js';

/** Emscripten's factory; the build copies the module itself beside the compiled files. */
export default function createCore(options?: {
  wasmBinary?: ArrayBuffer | Uint8Array;
  locateFile?: (name: string) => string;
  /** In place of fetching: calls `done` with an instance of the module that was made with the imports. */
  instantiateWasm?: (imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) => object;
}): Promise<CoreModule>;
