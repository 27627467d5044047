// The packing job by JavaScript libraries, in one worker: SM3 of each document (hash-wasm), a stored
// ZIP (fflate's Zip and ZipPassThrough), SM4 (sm-crypto-v2), SM3 of the ciphertext (hash-wasm), written
// to private storage and flushed.
//
// sm-crypto-v2 documents ECB, CBC and GCM. CBC is taken: GCM is slower, and ECB hides no patterns. Its
// calls do not stream, so each piece's last block is the next piece's IV. Bytes in and out are arrays
// (output: 'array'), which its documentation offers beside hex text; pieces are of 1 MiB.
import { Zip, ZipPassThrough } from 'fflate';
import { createSM3 } from 'hash-wasm';
import { sm4 } from 'sm-crypto-v2';
import { readSlices } from './slices.js';

const pieceSize = 1 << 20;
const key = Uint8Array.from({ length: 16 }, (_, i) => i + 1);
const firstIv = Uint8Array.from({ length: 16 }, (_, i) => 100 + i);

class Encryption {
  #piece = new Uint8Array(pieceSize);
  #filled = 0;
  #iv = firstIv;
  #write;

  constructor(write) {
    this.#write = write;
  }

  push(bytes) {
    for (let at = 0; at < bytes.length; ) {
      const take = Math.min(bytes.length - at, pieceSize - this.#filled);
      this.#piece.set(bytes.subarray(at, at + take), this.#filled);
      this.#filled += take;
      at += take;
      if (this.#filled === pieceSize) {
        this.#encrypt(this.#piece, 'none');
        this.#filled = 0;
      }
    }
  }

  finish() {
    this.#encrypt(this.#piece.subarray(0, this.#filled), 'pkcs#7');
  }

  #encrypt(plain, padding) {
    const sealed = sm4.encrypt(plain, key, { mode: 'cbc', iv: this.#iv, padding, output: 'array' });
    this.#iv = sealed.slice(-16);
    this.#write(sealed);
  }
}

async function pack(files, name, hashCiphertext) {
  const root = await navigator.storage.getDirectory();
  const handle = await root.getFileHandle(name, { create: true });
  const output = await handle.createSyncAccessHandle();
  const ofDocument = await createSM3();
  const ofCiphertext = await createSM3();
  let written = 0;
  const encryption = new Encryption((bytes) => {
    if (hashCiphertext) ofCiphertext.update(bytes);
    written += output.write(bytes, { at: written });
  });
  const zip = new Zip((error, bytes) => {
    if (error) throw error;
    encryption.push(bytes);
  });

  const digests = [];
  let entry;
  for await (const { index, last, bytes } of readSlices(files)) {
    if (entry === undefined) {
      entry = new ZipPassThrough(files[index].name);
      zip.add(entry);
      ofDocument.init();
    }
    ofDocument.update(bytes);
    entry.push(bytes, last);
    if (last) {
      digests.push(ofDocument.digest());
      entry = undefined;
    }
  }
  zip.end();
  encryption.finish();
  const digest = ofCiphertext.digest();
  output.flush();
  output.close();
  return { size: (await handle.getFile()).size, digests, digest };
}

globalThis.onmessage = async ({ data }) => {
  try {
    if (data.files !== undefined) {
      globalThis.postMessage({ value: await pack(data.files, data.name, data.hashCiphertext) });
    } else {
      // The first small piece of work, as a page's first call of our module.
      const sm3 = await createSM3();
      globalThis.postMessage({ value: sm3.update(new Uint8Array(64)).digest() });
    }
  } catch (error) {
    globalThis.postMessage({ error: String(error) });
  }
};
