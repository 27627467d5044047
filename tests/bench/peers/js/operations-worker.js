// Single operations by JavaScript libraries, repeated and timed. SM2 is tuned as sm-crypto-v2's
// documentation says: the public key is given when signing (else it is derived each time), and
// precomputed for verifying and encrypting.
import { createSM3 } from 'hash-wasm';
import { sm2, sm4 } from 'sm-crypto-v2';

function timed(count, work) {
  const begin = performance.now();
  for (let i = 0; i < count; i += 1) work();
  return (performance.now() - begin) / 1000;
}

function must(right) {
  if (!right) throw new Error('a result is wrong');
}

async function run(operation, size, count) {
  const data = Uint8Array.from({ length: size }, (_, i) => i * 31 + (i >> 8));
  if (operation === 'sm3') {
    const sm3 = await createSM3();
    return timed(count, () => sm3.init().update(data).digest());
  }
  if (operation === 'sm4-ctr') {
    // It has no CTR; CBC is the fastest of its modes that hide patterns.
    const key = new Uint8Array(16).fill(7);
    const iv = new Uint8Array(16).fill(9);
    return timed(count, () => sm4.encrypt(data, key, { mode: 'cbc', iv, padding: 'none', output: 'array' }));
  }

  const { privateKey, publicKey } = sm2.generateKeyPairHex();
  const point = sm2.precomputePublicKey(publicKey);
  const signing = { hash: true, der: true, publicKey };
  switch (operation) {
    case 'sm2-sign':
      return timed(count, () => must(sm2.doSignature(data, privateKey, signing).length > 0));
    case 'sm2-verify': {
      const signature = sm2.doSignature(data, privateKey, signing);
      return timed(count, () => must(sm2.doVerifySignature(data, signature, point, { hash: true, der: true, publicKey })));
    }
    case 'sm2-encrypt':
      return timed(count, () => must(sm2.doEncrypt(data, point, 1, { asn1: true }).length > 0));
    case 'sm2-decrypt': {
      const cipher = sm2.doEncrypt(data, point, 1, { asn1: true });
      return timed(count, () =>
        must(sm2.doDecrypt(cipher, privateKey, 1, { asn1: true, output: 'array' }).length === size),
      );
    }
    default:
      throw new Error(`no such operation: ${operation}`);
  }
}

globalThis.onmessage = async ({ data }) => {
  try {
    globalThis.postMessage({ value: await run(data.operation, data.size, data.count) });
  } catch (error) {
    globalThis.postMessage({ error: String(error) });
  }
};
