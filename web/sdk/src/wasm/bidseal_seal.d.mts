import type { ReadRange, SealModule } from '../core/seal-module.js';

/** Emscripten's factory; the build copies the module itself beside the compiled files. */
export default function createSealModule(options: {
  /** In place of fetching: calls `done` with an instance of the module that was made with the imports. */
  instantiateWasm?: (imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) => object;
  /** How the module reads the file at work. */
  readRange: ReadRange;
}): Promise<SealModule>;
