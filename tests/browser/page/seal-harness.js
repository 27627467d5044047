// What a test's page does with seals. Tests call these functions through page.evaluate; values that cross are plain data.
import * as sdk from '/sdk/index.js';
import { KeyFileProvider } from '/sdk/testing/index.js';

const fromBase64 = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const state = { files: [], progress: [] };

/** Runs a function; gives { value } or { error: {code, …} } so that a test can look at either. */
async function attempt(run) {
  try {
    return { value: await run() };
  } catch (error) {
    if (!(error instanceof sdk.BidSealError)) throw error;
    const { code, subject, message } = error;
    return { error: { code, subject, message, zh: error.text('zh') } };
  }
}

/** A key of the browser itself, as the pages' own signer for RSA. */
class WebKey {
  constructor(certificate, key) {
    this.certificate = certificate;
    this.key = key;
  }

  static async load({ certificate, privateKey }) {
    const kind = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
    return new WebKey(fromBase64(certificate), await crypto.subtle.importKey('pkcs8', fromBase64(privateKey), kind, false, ['sign']));
  }

  async signDocuments(_, documents) {
    const sign = async ({ name, content }) => {
      const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', this.key, content);
      return { name, certificate: this.certificate, signature: new Uint8Array(signature) };
    };
    return Promise.all(documents.map(sign));
  }
}

const plainTrust = (trust) => ({
  roots: (trust.roots ?? []).map(fromBase64),
  ...(trust.issuerRoots === undefined ? {} : { issuerRoots: trust.issuerRoots.map(fromBase64) }),
  intermediates: (trust.intermediates ?? []).map(fromBase64),
  crls: (trust.crls ?? []).map(fromBase64),
  requireCrl: trust.requireCrl ?? false,
});

/** Without the bytes, which do not cross well. */
function plainReport(report) {
  const { seal, signer, ...rest } = report;
  return {
    ...rest,
    ...(seal === undefined ? {} : { seal: { ...seal, issuer: seal.issuer.holder, picture: { ...seal.picture, data: seal.picture.data.length } } }),
    ...(signer === undefined ? {} : { signer: { holder: signer.holder, creditCode: signer.creditCode } }),
  };
}

globalThis.harness = {
  /** `keys`: {sm2: {certificate, privateKey}, rsa: …}, base64. */
  async start(keys) {
    const { default: createTestingCore } = await import('/module/bidseal_testing.mjs');
    const testing = await createTestingCore();
    const file = (key) => ({ certificate: fromBase64(key.certificate), privateKey: fromBase64(key.privateKey) });
    state.keys = {
      sm2: { provider: new KeyFileProvider(testing, { signing: file(keys.sm2), encryption: file(keys.sm2) }), ...file(keys.sm2) },
      rsa: { provider: await WebKey.load(keys.rsa), ...file(keys.rsa) },
    };
    state.seals = sdk.createSeals();
  },
  takeFiles() {
    state.files = [...document.querySelector('input').files];
    return state.files.length;
  },
  verify: (index, trust, cancelAfter) =>
    attempt(async () => {
      const controller = new AbortController();
      state.progress = [];
      const onProgress = (progress) => {
        state.progress.push(progress);
        if (cancelAfter !== undefined && progress.bytesDone >= cancelAfter) controller.abort();
      };
      const file = index === 'sealed' ? state.sealed : state.files[index];
      const reports = await state.seals.verifySeals(file, plainTrust(trust), { signal: controller.signal, onProgress });
      return reports.map(plainReport);
    }),
  verifySeal: (esl, trust) =>
    attempt(async () => plainReport(await state.seals.verifySeal(fromBase64(esl), plainTrust(trust)))),
  measure: (index) => attempt(() => state.seals.measurePages(state.files[index])),
  progress: () => state.progress,
  heapBytes: () => state.seals.heapBytes(),

  /** `plan`: {key, seal?, picture?, places, …} with bytes in base64; seals `state.files[plan.file]` or what was sealed last. */
  seal: (plan) =>
    attempt(async () => {
      const key = state.keys[plan.key];
      const sealed = await state.seals.sealDocument({
        file: plan.file === 'sealed' ? state.sealed : state.files[plan.file],
        name: '盖章文件.pdf',
        key: { provider: key.provider, keyId: 'file', certificate: key.certificate, chain: (plan.chain ?? []).map(fromBase64) },
        ...(plan.seal === undefined ? {} : { seal: fromBase64(plan.seal) }),
        ...(plan.picture === undefined ? {} : { picture: { ...plan.picture, data: fromBase64(plan.picture.data) } }),
        places: plan.places,
        ...(plan.reason === undefined ? {} : { reason: plan.reason }),
      });
      state.sealed = sealed.file;
      return { size: sealed.file.size, name: sealed.file.name, section: sealed.section.length };
    }),
  /** Seals the files of these numbers with one seal; gives how often the key was used and keeps what was sealed. */
  sealMany: (indices, esl, places) =>
    attempt(async () => {
      const { provider, certificate } = state.keys.sm2;
      const asked = [];
      const counting = {
        signDocuments: (keyId, documents, options) => {
          asked.push(documents.map(({ name }) => name));
          return provider.signDocuments(keyId, documents, options);
        },
      };
      state.many = await state.seals.sealDocuments(
        indices.map((index) => ({ file: state.files[index], name: state.files[index].name, seal: fromBase64(esl), places })),
        { provider: counting, keyId: 'file', certificate },
        { onProgress: (progress) => state.progress.push(progress) },
      );
      return asked;
    }),
  /** The n-th of them is what `save` gives and `verify` takes as `sealed`. */
  take(n) {
    state.sealed = state.many[n].file;
  },
  /** Gives what was sealed last to the browser's downloads. */
  save() {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(state.sealed);
    link.download = 'sealed.pdf';
    link.click();
  },
};
