// What a benchmark's page does, beside the harness of the browser tests. Every time is taken here, in
// the page, from the request to the finished file.
import '/page/harness.js';

const { harness } = globalThis;

function ask(worker, message) {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => (data.error === undefined ? resolve(data.value) : reject(new Error(data.error)));
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(message);
  });
}

const workers = new Map();
function kept(url) {
  if (!workers.has(url)) workers.set(url, new Worker(url, { type: 'module' }));
  return workers.get(url);
}

async function timed(work) {
  const begin = performance.now();
  const value = await work();
  return { seconds: (performance.now() - begin) / 1000, value };
}

globalThis.bench = {
  /** Seals the files kept as `from`, in the envelope `technical`, beside two tiny ones that are required. */
  async packOurs(from) {
    const files = harness.state.files.get(from);
    const { seconds, value } = await timed(() =>
      harness.pack({
        name: 'bench',
        envelopes: {
          qualification: [{ slot: 'licence', path: 'licence.pdf', from: 'required', index: 0 }],
          technical: files.map((file, index) => ({ slot: 'plan', path: file.name, from, index })),
          price: [{ slot: 'list', path: 'list.xlsx', from: 'required', index: 1 }],
        },
      }),
    );
    if (value.error !== undefined) throw new Error(JSON.stringify(value.error));
    const { size, documents } = value.value;
    harness.state.bids.delete('bench');
    await harness.state.bidseal.discardPrivate('bench');
    return { seconds, size, digests: documents.filter((each) => each.envelope === 'technical').map((each) => each.sm3) };
  },

  async packPeers(from, hashCiphertext) {
    const files = harness.state.files.get(from);
    const worker = kept('/peers/pack-worker.js');
    const { seconds, value } = await timed(() => ask(worker, { files, name: 'peer.bin', hashCiphertext }));
    await (await navigator.storage.getDirectory()).removeEntry('peer.bin');
    return { seconds, size: value.size, digests: value.digests };
  },

  operationOurs: (operation, size, count) => ask(kept('/bench/our-operations.js'), { operation, size, count }),
  operationPeers: (operation, size, count) => ask(kept('/peers/operations-worker.js'), { operation, size, count }),

  /** From nothing to the first answer of a worker that has loaded the module. */
  async readyOurs() {
    const certificate = Uint8Array.from(atob(harness.state.world.root), (c) => c.charCodeAt(0));
    let started;
    const { seconds } = await timed(async () => {
      started = await harness.sdk.createBidSeal({ workers: 1 });
      await started.readCertificates(certificate);
    });
    started.dispose();
    return seconds;
  },
  async readyPeers() {
    let worker;
    const { seconds } = await timed(() => {
      worker = new Worker('/peers/pack-worker.js', { type: 'module' });
      return ask(worker, {});
    });
    worker.terminate();
    return seconds;
  },
};
