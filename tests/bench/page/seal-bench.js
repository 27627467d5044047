// Times sealing in the page: ours through the SDK, the peers in a worker. Both end when the sealed file has been read through,
// as saving it does.
import * as sdk from '/sdk/index.js';

const fromBase64 = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const state = { files: [] };

/** A key of the browser itself. */
class WebKey {
  async load(pkcs8) {
    const kind = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
    this.key = await crypto.subtle.importKey('pkcs8', pkcs8, kind, false, ['sign']);
    return this;
  }

  async signDocuments(_, documents) {
    const sign = async ({ name, content }) => ({ name, signature: new Uint8Array(await crypto.subtle.sign('RSASSA-PKCS1-v1_5', this.key, content)) });
    return Promise.all(documents.map(sign));
  }
}

async function readThrough(file) {
  let size = 0;
  for await (const piece of file.stream()) size += piece.length;
  if (size !== file.size) throw new Error('the sealed file is not whole');
}

async function timed(run) {
  const begin = performance.now();
  state.sealed = await run();
  await readThrough(state.sealed);
  return (performance.now() - begin) / 1000;
}

globalThis.bench = {
  async start({ certificate, privateKey, p12, passphrase, picture }) {
    state.key = { provider: await new WebKey().load(fromBase64(privateKey)), keyId: 'rsa', certificate: fromBase64(certificate) };
    state.p12 = fromBase64(p12);
    state.passphrase = passphrase;
    state.picture = fromBase64(picture);
    state.seals = sdk.createSeals();
    state.worker = new Worker('/peers/seal-worker.js', { type: 'module' });
  },
  takeFiles() {
    state.files = [...document.querySelector('input').files];
  },
  sealOurs: (index) =>
    timed(async () => {
      const sealed = await state.seals.sealDocument({
        file: state.files[index],
        name: 'ours.pdf',
        key: state.key,
        picture: { data: state.picture, widthMm: 40, heightMm: 40 },
        places: [{ kind: 'page', page: 0, leftMm: 30, topMm: 40 }],
      });
      return sealed.file;
    }),
  sealPeers: (index) =>
    timed(
      () =>
        new Promise((resolve, reject) => {
          state.worker.onerror = (event) => reject(new Error(event.message));
          state.worker.onmessage = ({ data }) => (data.error === undefined ? resolve(data.sealed) : reject(new Error(data.error)));
          const { p12, passphrase, picture } = state;
          state.worker.postMessage({ file: state.files[index], p12, passphrase, picture, leftMm: 30, topMm: 40, sizeMm: 40 });
        }),
    ),
  heapBytes: () => state.seals.heapBytes(),
  /** Gives what was sealed last to the browser's downloads. */
  save() {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(state.sealed);
    link.download = 'sealed.pdf';
    link.click();
  },
};
