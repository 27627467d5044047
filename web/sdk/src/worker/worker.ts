// The worker's entry. The module is the largest file by far, so it is fetched and compiled while the
// worker's own code is still on its way.
const module = compile();
module.catch(() => undefined); // it is thrown where it is awaited

async function compile(): Promise<WebAssembly.Module> {
  const response = await fetch(new URL('../wasm/bidseal.wasm', import.meta.url), { credentials: 'same-origin' });
  if (!response.ok) throw new Error(`bidseal.wasm: ${response.status}`);
  // Compiling while it arrives is for servers that name the type.
  return response.headers.get('content-type') === 'application/wasm'
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
}

const { serve } = await import('./serve.js');
await serve(module);

export {};
