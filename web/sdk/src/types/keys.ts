import type { OperationOptions } from './operation.js';

/** What can be known of a certificate without trusting it. */
export interface CertificateInfo {
  /** DER. */
  der: Uint8Array<ArrayBuffer>;
  /** SM3 of the DER, 64 hex digits: the certificate's name inside bids. */
  sm3: string;
  /** Holder's name and unified social credit code, as a bid names its supplier. */
  holder: string;
  creditCode: string;
  subject: string;
  issuer: string;
  /** Hex of the serial number's octets. */
  serial: string;
  /** ISO 8601, UTC. */
  notBefore: string;
  notAfter: string;
  keyKind: 'sm2' | 'p256' | 'rsa';
  canSign: boolean;
  canEncrypt: boolean;
}

/** A certificate whose private key a provider can use. */
export interface KeyCertificate extends CertificateInfo {
  /** The provider's own name for the key; handed back in requests. */
  keyId: string;
  /** Name of the token or phone that holds it, for people. */
  deviceName: string;
  /** Further certificates that the token brings along, DER. */
  chain: Uint8Array<ArrayBuffer>[];
  /** PIN tries left before the key locks, when it tells. */
  retriesLeft?: number;
}

/** Asks the holder of a key to sign a bid. It sees the whole object, never a bare digest. */
export interface SignBidRequest {
  keyId: string;
  /** The signing certificate, DER. */
  certificate: Uint8Array<ArrayBuffer>;
  /** The public index, which is what the signature covers. */
  index: Uint8Array<ArrayBuffer>;
  /** The opening ways (version 0), whose digest the index holds. */
  openers: Uint8Array<ArrayBuffer>;
  /** The tender file, so that the holder can check project and lot against the platform's signature. */
  tender: Uint8Array<ArrayBuffer>;
}

/** Asks the holder of a key to sign a rewrap (added openers) of a bid. */
export interface SignRewrapRequest {
  keyId: string;
  certificate: Uint8Array<ArrayBuffer>;
  /** The whole object that the signature covers. */
  rewrap: Uint8Array<ArrayBuffer>;
}

/** Names one wrapped share of a bid, and brings all that a careful holder needs to check it. */
export interface UnwrapRequest {
  keyId: string;
  /** `rehearse` unwraps and checks, and releases nothing; `open` releases the share. */
  purpose: 'open' | 'rehearse';
  tender: Uint8Array<ArrayBuffer>;
  index: Uint8Array<ArrayBuffer>;
  /** SignedData over the index. */
  signature: Uint8Array<ArrayBuffer>;
  openers: Uint8Array<ArrayBuffer>;
  envelope: string;
  /** Position of the wrap in the openers. */
  way: number;
  part: number;
  slot: number;
}

export interface UnwrapResult {
  /** The 32-byte share; absent after a rehearsal. The SDK overwrites it after use. */
  share?: Uint8Array<ArrayBuffer>;
}

/**
 * Something that holds keys: the bridge with a UKey, later the phone. Pages use it without knowing
 * which. Methods reject with `BidSealError` (`pin_wrong` carries `retriesLeft`).
 */
export interface KeyProvider {
  listCertificates(options?: OperationOptions): Promise<KeyCertificate[]>;
  /** The signature over the index: DER r,s for SM2 and P-256, raw for RSA. */
  signBid(request: SignBidRequest, options?: OperationOptions): Promise<Uint8Array<ArrayBuffer>>;
  signRewrap(request: SignRewrapRequest, options?: OperationOptions): Promise<Uint8Array<ArrayBuffer>>;
  unwrap(request: UnwrapRequest, options?: OperationOptions): Promise<UnwrapResult>;
  /** Ends connections and timers. */
  dispose(): void;
}
