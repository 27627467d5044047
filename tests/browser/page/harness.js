// What a test's page does with the SDK. Tests call these functions through page.evaluate; values that
// cross are plain data.
import * as sdk from '/sdk/index.js';
import { KeyFileProvider } from '/sdk/testing/index.js';

const fromBase64 = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

const state = { files: new Map(), bids: new Map(), rewraps: [], progress: [] };
globalThis.harness = { sdk, state };

/** Runs a function; gives { value } or { error: {code, …} } so that a test can look at either. */
async function attempt(run) {
  try {
    return { value: await run() };
  } catch (error) {
    if (!(error instanceof sdk.BidSealError)) throw error;
    const { code, subject, position, retriesLeft, message } = error;
    return { error: { code, subject, position, retriesLeft, message, zh: error.text('zh') } };
  }
}

function keyOf(world, name) {
  const company = world.companies[name];
  const file = (key) => ({ certificate: fromBase64(key.certificate), privateKey: fromBase64(key.privateKey) });
  return { signing: file(company.signing), encryption: file(company.encryption) };
}

Object.assign(globalThis.harness, {
  /** `world`: certificates, keys and the tender file, base64. */
  async start(world, workers = 1) {
    const { default: createTestingCore } = await import('/module/bidseal_testing.mjs');
    state.world = world;
    state.testing = await createTestingCore();
    state.bidseal = await sdk.createBidSeal({ workers });
    state.tenderFile = new Blob([fromBase64(world.tender)]);
    state.root = fromBase64(world.root);
  },

  openTender: (bytes, root) =>
    attempt(async () => {
      const file = bytes === undefined ? state.tenderFile : new Blob([fromBase64(bytes)]);
      const trust = {
        roots: [root === undefined ? state.root : fromBase64(root)],
        intermediates: (state.world.intermediates ?? []).map(fromBase64),
      };
      state.tender = await state.bidseal.openTenderFile(file, trust);
      return { info: state.tender.info, digest: state.tender.digest };
    }),

  /** Keeps the files of the page's input under `name`. */
  takeFiles(name) {
    const input = document.querySelector('input');
    state.files.set(name, [...input.files]);
    return state.files.get(name).length;
  },

  /** How things stand with the bridge on these ports; connects as a user's click does. */
  async bridge(ports, acceptPreloaded = true) {
    state.client?.dispose();
    state.client = new sdk.BridgeClient({ ports, acceptPreloaded });
    state.statuses = [];
    state.client.onStatus((status) => state.statuses.push(status.state));
    return state.client.connect();
  },
  bridgeStatus: () => state.client.status(),
  sawNoToken: () => state.statuses.includes('no_token'),
  sawTokenAgain: () => state.statuses.lastIndexOf('no_token') < state.statuses.length - 1,

  /** Takes the first key of the bridge as the key `bridge`. */
  bridgeKey: () =>
    attempt(async () => {
      const provider = new sdk.BridgeKeyProvider(state.client);
      const [entry] = await provider.listKeys();
      state.bridgeKey = {
        provider,
        keyId: entry.keyId,
        keys: { signing: { certificate: entry.signing.der }, encryption: { certificate: entry.encryption.der } },
      };
      const { deviceName, pinState, retriesLeft, signing } = entry;
      return { deviceName, pinState, retriesLeft, holder: signing.holder, creditCode: signing.creditCode };
    }),
  stages: () => state.stages,
  cancel: () => state.controller.abort(),

  /** A key of the world (`supplier` …), or `bridge`, for packing and opening. */
  key(name) {
    if (name === 'bridge') return state.bridgeKey;
    const keys = keyOf(state.world, name);
    return { provider: new KeyFileProvider(state.testing, keys), keyId: 'file', keys };
  },

  /**
   * Packs. `plan.envelopes`: {id: [{slot, path, from, index}]} with files kept before, or
   * {slot, path, text}. The bid is kept as `plan.name`.
   */
  pack: (plan) =>
    attempt(async () => {
      const { provider, keyId, keys } = globalThis.harness.key(plan.signer ?? 'supplier');
      const fileOf = (document) =>
        document.text !== undefined
          ? new File([document.text], document.path)
          : state.files.get(document.from)[document.index];
      const controller = new AbortController();
      state.controller = controller;
      state.progress = [];
      state.stages = [];
      const onProgress = (progress) => {
        state.progress.push(progress);
        if (plan.cancelAfter !== undefined && progress.bytesDone >= plan.cancelAfter) controller.abort();
      };
      const output = plan.output === undefined ? { kind: 'private', name: plan.name } : await openOutput(plan);
      const result = await state.bidseal.packBid(
        {
          tender: state.tender,
          lot: plan.lot ?? '1',
          envelopes: Object.entries(plan.envelopes).map(([id, documents]) => ({
            id,
            documents: documents.map((each) => ({ slot: each.slot, path: each.path, file: fileOf(each) })),
          })),
          summary: plan.summary ?? { total: '1234567.89', days: '180' },
          signer: { provider, keyId, certificate: keys.signing.certificate },
          openers: [keys.encryption.certificate],
          output,
        },
        { signal: controller.signal, onProgress, onKeyStage: (stage) => state.stages.push(stage) },
      );
      const file = result.file ?? (await outputFile(plan));
      state.bids.set(plan.name, file);
      return { ...result, file: undefined };
    }),

  inspect: (name) => attempt(() => state.bidseal.inspectBid(state.bids.get(name))),
  digest: (name) => state.bidseal.digest(state.bids.get(name)),
  verify: (name) => attempt(() => state.bidseal.verifyBid(state.bids.get(name), state.tender)),

  rehearse: (name, who = 'supplier') =>
    attempt(() => {
      const { provider, keyId, keys } = globalThis.harness.key(who);
      return state.bidseal.rehearseBid(state.bids.get(name), state.tender, {
        provider,
        keyId,
        certificate: keys.encryption.certificate,
      });
    }),

  open: (name, options = {}) =>
    attempt(async () => {
      const { provider, keyId, keys } = globalThis.harness.key(options.who ?? 'supplier');
      const opened = await state.bidseal.openBid({
        file: state.bids.get(name),
        tender: state.tender,
        key: { provider, keyId, certificate: keys.encryption.certificate },
        ...(options.envelopes === undefined ? {} : { envelopes: options.envelopes }),
        ...(options.rewrap === undefined ? {} : { rewraps: state.rewraps }),
      });
      await state.opened?.dispose();
      state.opened = opened;
      return { fingerprint: opened.fingerprint, envelopes: opened.envelopes };
    }),

  rewrap: (name, version, who) =>
    attempt(async () => {
      const { provider, keyId, keys } = globalThis.harness.key('supplier');
      const other = globalThis.harness.key(who);
      const made = await state.bidseal.rewrapBid({
        file: state.bids.get(name),
        tender: state.tender,
        key: { provider, keyId, certificate: keys.encryption.certificate },
        signer: { provider, keyId, certificate: keys.signing.certificate },
        openers: [other.keys.encryption.certificate],
        version,
      });
      state.rewraps.push(made);
      return made.length;
    }),

  /** Bends every wrap of the rewrap that was made last, and has the supplier sign it again. */
  spoilRewrap: () =>
    attempt(async () => {
      const { provider, keyId } = globalThis.harness.key('supplier');
      const file = state.rewraps.at(-1);
      const start = new TextDecoder('latin1').decode(file).indexOf('{"type":"SBID1-openers"');
      // The content is an OCTET STRING of 256 to 65,535 bytes; the signature stands at the end.
      const [tag, form, high, low] = file.subarray(start - 4, start);
      if (tag !== 0x04 || form !== 0x82) throw new Error('not where the content should be');
      const content = new TextDecoder().decode(file.subarray(start, start + high * 256 + low));
      const bent = new TextEncoder().encode(
        content.replaceAll(/"data":"(.)/g, (_, first) => `"data":"${first === 'A' ? 'B' : 'A'}`),
      );
      const length = [68, 69, 70, 71, 72].find((n) => file.at(-n) === 0x30 && file.at(-n + 1) === n - 2);
      let signature = new Uint8Array();
      while (signature.length !== length) ({ signature } = await provider.signOpeners({ keyId, rewrap: bent }));
      file.set(bent, start);
      file.set(signature, file.length - length);
    }),

  /** Compares opened documents with the files that were packed, byte for byte; gives what differs. */
  async compare(envelope, documents) {
    const differing = [];
    for (const { path, from, index, text } of documents) {
      const wanted = text !== undefined ? new File([text], path) : state.files.get(from)[index];
      if (!(await sameBytes(wanted, state.opened.read(envelope, path)))) differing.push(path);
    }
    return differing;
  },

  async opened(envelope, path) {
    const file = state.opened.read(envelope, path);
    return { name: file.name, size: file.size, type: file.type };
  },

  /**
   * Saves what was opened into a folder of the private storage, which stands for one that a person chose.
   * `options.cancelAfter`: documents after which it is cancelled.
   */
  saveTo: (name, options = {}) =>
    attempt(async () => {
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle(name, { create: true });
      const controller = new AbortController();
      state.progress = [];
      const started = performance.now();
      await state.opened.saveTo(folder, {
        signal: controller.signal,
        onProgress(progress) {
          state.progress.push(progress);
          if (progress.documentsDone >= (options.cancelAfter ?? Infinity)) controller.abort();
        },
      });
      return Math.round(performance.now() - started);
    }),

  /** Writes a file below a folder of the private storage, as a user's own. */
  async putFile(path, text) {
    const parts = path.split('/');
    const name = parts.pop();
    let folder = await navigator.storage.getDirectory();
    for (const part of parts) folder = await folder.getDirectoryHandle(part, { create: true });
    const target = await (await folder.getFileHandle(name, { create: true })).createWritable();
    await target.write(text);
    await target.close();
  },

  /** Compares saved files below a folder with the files that were packed; gives what differs. */
  async compareSaved(folder, envelope, documents) {
    const root = await (await navigator.storage.getDirectory()).getDirectoryHandle(folder);
    const differing = [];
    for (const { path, from, index } of documents) {
      const parts = [envelope, ...path.split('/')];
      const name = parts.pop();
      let place = root;
      for (const part of parts) place = await place.getDirectoryHandle(part);
      const saved = await (await place.getFileHandle(name)).getFile();
      if (!(await sameBytes(state.files.get(from)[index], saved))) differing.push(path);
    }
    return differing;
  },

  /** Everything under the origin's private storage, as paths. */
  async privateFiles() {
    const found = [];
    const walk = async (folder, prefix) => {
      for await (const [name, handle] of folder.entries()) {
        if (handle.kind === 'directory') await walk(handle, `${prefix}${name}/`);
        else found.push(`${prefix}${name}`);
      }
    };
    await walk(await navigator.storage.getDirectory(), '');
    return found;
  },

  /** A changed copy of a bid: bytes flipped at an offset (from the end when negative), or cut. */
  alter(from, to, change) {
    const file = state.bids.get(from);
    if (change.cut !== undefined) {
      state.bids.set(to, file.slice(0, file.size - change.cut));
      return;
    }
    const at = change.flip < 0 ? file.size + change.flip : change.flip;
    return file
      .slice(at, at + 1)
      .arrayBuffer()
      .then((buffer) => {
        const byte = new Uint8Array(buffer)[0] ^ 1;
        state.bids.set(to, new Blob([file.slice(0, at), new Uint8Array([byte]), file.slice(at + 1)]));
      });
  },

  /** Offers a bid as a download, as a page does. */
  download(name) {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(state.bids.get(name));
    link.download = `${name}.sbid`;
    link.click();
  },

  check: (envelope, document) =>
    attempt(() =>
      state.bidseal.checkDocument(state.tender, envelope, {
        slot: document.slot,
        path: document.path,
        file: state.files.get(document.from)[document.index],
      }),
    ),
  checkSummary: (field, value) => attempt(() => state.bidseal.checkSummaryValue(state.tender, field, value)),
  heapBytes: () => state.bidseal.heapBytes(),
  progress: () => state.progress,
  progressing: () => state.progress.some((each) => each.bytesDone > 0),
  dispose: () => state.bidseal.dispose(),
});

async function openOutput(plan) {
  const root = await navigator.storage.getDirectory();
  const handle = await root.getFileHandle(`${plan.name}.sbid`, { create: true });
  if (plan.output === 'file') return { kind: 'file', handle };
  return { kind: 'stream', stream: await handle.createWritable() };
}

async function outputFile(plan) {
  const root = await navigator.storage.getDirectory();
  return (await root.getFileHandle(`${plan.name}.sbid`)).getFile();
}

async function sameBytes(a, b) {
  if (a.size !== b.size) return false;
  const step = 8 << 20;
  const part = (file, at) => (file.size <= step ? file : file.slice(at, at + step)).arrayBuffer();
  for (let at = 0; at < a.size; at += step) {
    const [x, y] = await Promise.all([part(a, at), part(b, at)]);
    const [p, q] = [new Uint8Array(x), new Uint8Array(y)];
    if (p.length !== q.length) return false;
    for (let i = 0; i < p.length; i += 1) if (p[i] !== q[i]) return false;
  }
  return true;
}
