// The entry of the worker for seals: as worker.ts, with the module for seals.
import { compileModule } from './compile.js';

const module = compileModule(new URL('../wasm/bidseal_seal.wasm', import.meta.url));
module.catch(() => undefined); // it is thrown where it is awaited

const { serveSeals } = await import('./serve-seals.js');
await serveSeals(module);

export {};
