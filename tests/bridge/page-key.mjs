// A page's side of hello and pairing, written from docs/spec/bridge-protocol.md with Node's own crypto.
import { createHash, createPublicKey, generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';

function transcript(purpose, parts) {
  const pieces = [];
  for (const part of [Buffer.from(purpose), ...parts]) {
    const size = Buffer.alloc(4);
    size.writeUInt32BE(part.length);
    pieces.push(size, part);
  }
  return Buffer.concat(pieces);
}

function greetingParts(g) {
  const version = Buffer.alloc(4);
  version.writeUInt32BE(g.version);
  return [g.pageNonce, g.bridgeNonce, Buffer.from(g.origin), Buffer.from(g.host), g.daemonKey, version];
}

/** A public key from 04 || x || y. */
function publicKey(point) {
  const x = point.subarray(1, 33).toString('base64url');
  const y = point.subarray(33).toString('base64url');
  return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
}

const fixed = (key) => ({ key, dsaEncoding: 'ieee-p1363' });

export function daemonProofFits(g, proof) {
  return verify('sha256', transcript('bidseal.v1 daemon hello', greetingParts(g)), fixed(publicKey(g.daemonKey)), proof);
}

export class PageKey {
  constructor() {
    const { privateKey, publicKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.privateKey = privateKey;
    const { x, y } = key.export({ format: 'jwk' });
    this.point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  }

  proof(g) {
    return sign('sha256', transcript('bidseal.v1 page proof', [...greetingParts(g), this.point]), fixed(this.privateKey));
  }

  proveParams(g) {
    return { key: this.point.toString('base64'), proof: this.proof(g).toString('base64') };
  }

  /** An attempt: what pair.begin and pair.confirm are given, and the code once the bridge has answered. */
  attempt(g, code = true) {
    const secret = randomBytes(32);
    const hash = (purpose, parts) => createHash('sha256').update(transcript(purpose, parts)).digest();
    return {
      begin: {
        key: this.point.toString('base64'),
        commitment: hash('bidseal.v1 pairing commitment', [this.point, secret]).toString('base64'),
        code,
      },
      confirm: { secret: secret.toString('base64'), proof: this.proof(g).toString('base64') },
      codeWith: (bridgeSecret) => {
        const parts = [...greetingParts(g), this.point, secret, Buffer.from(bridgeSecret, 'base64')];
        const number = hash('bidseal.v1 pairing code', parts).readBigUInt64BE(0) % 1000000n;
        return number.toString().padStart(6, '0');
      },
    };
  }
}
