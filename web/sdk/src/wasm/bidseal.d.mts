import type { CoreModule } from '../core/core-module.js';

/** Emscripten's factory; the build copies the module itself beside the compiled files. */
export default function createCore(options?: {
  wasmBinary?: ArrayBuffer | Uint8Array;
  locateFile?: (name: string) => string;
}): Promise<CoreModule>;
