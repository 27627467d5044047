import type { KeyOptions } from './keys.js';

/** A document that is signed whole; at most 64 MiB. */
export interface DocumentToSign {
  /** For the person: the bridge's window shows it. */
  name: string;
  content: Blob | Uint8Array<ArrayBuffer>;
}

export interface DocumentSignature {
  name: string;
  /** DER of the certificate whose key signed. */
  certificate: Uint8Array<ArrayBuffer>;
  /** Over the document's bytes: SM2 and P-256 DER of r and s, RSA raw. */
  signature: Uint8Array<ArrayBuffer>;
}

export interface BatchOptions extends KeyOptions {
  /**
   * 16 bytes of the page's choice that name the batch. A page that keeps them can call again with the same
   * documents after a reload, within a day: what was signed is not signed again. Default: random.
   */
  batch?: Uint8Array<ArrayBuffer>;
  /** How long the permission lasts at most; default 10, at most 60. */
  minutes?: number;
  /** Told after each step. */
  onProgress?: (done: number, total: number) => void;
  /** How often a batch is taken up again after the connection was lost; each time the user is asked. Default 3. */
  attempts?: number;
}

export interface Login {
  /** DER of the certificate whose key signed. */
  certificate: Uint8Array<ArrayBuffer>;
  /** What was signed: canonical JSON with type, origin, challenge, time and the certificate's digest. */
  message: Uint8Array<ArrayBuffer>;
  signature: Uint8Array<ArrayBuffer>;
}

/** An EnvelopedData (GB/T 35275, CMS) in DER. */
export interface EnvelopeToOpen {
  name: string;
  envelope: Uint8Array<ArrayBuffer>;
}
