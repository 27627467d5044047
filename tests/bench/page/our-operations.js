// Worker: single operations by the core, compiled as the page's module is.
import createModule from '/bench-module/bidseal_bench.mjs';

const module = createModule();

globalThis.onmessage = async ({ data }) => {
  try {
    globalThis.postMessage({ value: (await module).runOperation(data.operation, data.size, data.count) });
  } catch (error) {
    globalThis.postMessage({ error: String(error) });
  }
};
