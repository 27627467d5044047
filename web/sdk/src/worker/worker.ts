// The worker's entry. The module is the largest file by far, so it is fetched and compiled while the
// worker's own code is still on its way.
import { compileModule } from './compile.js';

const module = compileModule(new URL('../wasm/bidseal.wasm', import.meta.url));
module.catch(() => undefined); // it is thrown where it is awaited

const { serve } = await import('./serve.js');
await serve(module);

export {};
