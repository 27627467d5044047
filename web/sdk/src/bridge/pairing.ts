import { BidSealError } from '../error.js';

/** What page and daemon know after the hello; every member is bound into every proof. */
export interface Greeting {
  /** The page's own. */
  origin: string;
  /** As the page asked for it: `127.0.0.1:17391`. */
  host: string;
  version: number;
  pageNonce: Uint8Array<ArrayBuffer>;
  bridgeNonce: Uint8Array<ArrayBuffer>;
  /** The daemon's P-256 key, 04 || x || y. */
  daemonKey: Uint8Array<ArrayBuffer>;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const signing = { name: 'ECDSA', hash: 'SHA-256' } as const;
const text = new TextEncoder();

function bigEndian(value: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** Each part with its length before it; the first says what the whole is for. */
function transcript(purpose: string, parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const pieces = [text.encode(purpose), ...parts].flatMap((part) => [bigEndian(part.length), part]);
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function greetingParts(greeting: Greeting): Uint8Array[] {
  return [
    greeting.pageNonce,
    greeting.bridgeNonce,
    text.encode(greeting.origin),
    text.encode(greeting.host),
    greeting.daemonKey,
    bigEndian(greeting.version),
  ];
}

export function randomBytes(size: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(size));
}

/** A key that signs and cannot be read out, not even by the page's own scripts. */
export function makePageKey(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(algorithm, false, ['sign', 'verify']);
}

/** 04 || x || y. */
export async function publicPoint(key: CryptoKeyPair): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.exportKey('raw', key.publicKey));
}

/** Whether the daemon that holds `greeting.daemonKey` signed this hello. */
export async function daemonProofFits(greeting: Greeting, proof: Uint8Array<ArrayBuffer>): Promise<boolean> {
  try {
    const key = await crypto.subtle.importKey('raw', greeting.daemonKey, algorithm, true, ['verify']);
    const message = transcript('bidseal.v1 daemon hello', greetingParts(greeting));
    return await crypto.subtle.verify(signing, key, proof, message);
  } catch {
    return false; // not a key
  }
}

/** For fakes of a daemon. */
export async function daemonProof(greeting: Greeting, key: CryptoKeyPair): Promise<Uint8Array<ArrayBuffer>> {
  const message = transcript('bidseal.v1 daemon hello', greetingParts(greeting));
  return new Uint8Array(await crypto.subtle.sign(signing, key.privateKey, message));
}

/** The page's signature over this hello, r || s. */
export async function pageProof(greeting: Greeting, key: CryptoKeyPair): Promise<Uint8Array<ArrayBuffer>> {
  const message = transcript('bidseal.v1 page proof', [...greetingParts(greeting), await publicPoint(key)]);
  return new Uint8Array(await crypto.subtle.sign(signing, key.privateKey, message));
}

export async function pairingCommitment(
  pagePoint: Uint8Array,
  pageSecret: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const message = transcript('bidseal.v1 pairing commitment', [pagePoint, pageSecret]);
  return new Uint8Array(await crypto.subtle.digest('SHA-256', message));
}

/** The six digits that a person compares. */
export async function pairingCode(
  greeting: Greeting,
  pagePoint: Uint8Array,
  pageSecret: Uint8Array,
  bridgeSecret: Uint8Array,
): Promise<string> {
  const message = transcript('bidseal.v1 pairing code', [
    ...greetingParts(greeting),
    pagePoint,
    pageSecret,
    bridgeSecret,
  ]);
  const digest = new DataView(await crypto.subtle.digest('SHA-256', message));
  return (digest.getBigUint64(0) % 1_000_000n).toString().padStart(6, '0');
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** Pages outside of a secure context have no keys. */
export function requireWebCrypto(): void {
  if (globalThis.crypto?.subtle === undefined) {
    throw new BidSealError('random_unavailable', { message: 'no WebCrypto: the page must come over https' });
  }
}
