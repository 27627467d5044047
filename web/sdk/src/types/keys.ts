/** How near a key is to locking; `unknown` where the token does not tell. */
export type PinState = 'ok' | 'low' | 'last' | 'locked' | 'unknown';

/** A key pair (on a UKey: a container with a signing and an encryption key) and its certificates. */
export interface KeyEntry {
  /** The provider's own name for it; handed back in requests. */
  keyId: string;
  /** The token's name, for people. */
  deviceName: string;
  serial: string;
  pinState: PinState;
  /** PIN tries left, when the token tells. */
  retriesLeft?: number;
  /** Absent when the key cannot sign, or cannot decrypt. */
  signing?: KeyCertificate;
  encryption?: KeyCertificate;
}

/** A certificate as its holder describes it. */
export interface KeyCertificate {
  der: Uint8Array<ArrayBuffer>;
  keyKind: 'sm2' | 'p256' | 'rsa';
  holder: string;
  creditCode: string;
  subject: string;
  issuer: string;
  /** ISO 8601, UTC. */
  notBefore: string;
  notAfter: string;
  status: 'active' | 'expired' | 'not_yet_valid';
  /** Whole days until it ends; 0 when it has ended. Absent where the holder does not tell. */
  daysLeft?: number;
  /** Its issuers that the holder knows, DER, nearest first; not a statement of trust. */
  chain?: Uint8Array<ArrayBuffer>[];
}

/** An envelope's list of documents, with which a holder can show what is being signed. */
export interface SealedManifest {
  envelope: string;
  /** Salt of the manifest commitment, 32 bytes. */
  salt: Uint8Array<ArrayBuffer>;
  manifest: Uint8Array<ArrayBuffer>;
}

/** Asks the holder of a key to sign a bid. It sees the whole object, never a bare digest. */
export interface SignBidRequest {
  keyId: string;
  /** The tender file, so that the holder can check project and lot against the platform's signature. */
  tender: Uint8Array<ArrayBuffer>;
  /** The public index, which is what the signature covers. */
  index: Uint8Array<ArrayBuffer>;
  /** The opening ways (version 0), whose digest the index holds. */
  openers: Uint8Array<ArrayBuffer>;
  manifests: SealedManifest[];
  /** Certificates that help to build the openers' paths, DER. */
  intermediates?: Uint8Array<ArrayBuffer>[];
}

/** Asks the holder of a key to sign openers that are added to a bid (a rewrap). */
export interface SignOpenersRequest {
  keyId: string;
  tender: Uint8Array<ArrayBuffer>;
  index: Uint8Array<ArrayBuffer>;
  /** The openers inside the bid. */
  openers: Uint8Array<ArrayBuffer>;
  /** The bid's SignedData. */
  signature: Uint8Array<ArrayBuffer>;
  /** The openers to be added: what the signature covers. */
  rewrap: Uint8Array<ArrayBuffer>;
  /** Certificates that help to build the openers' paths, DER. */
  intermediates?: Uint8Array<ArrayBuffer>[];
}

export interface SignResult {
  /** DER of the certificate whose key signed. */
  certificate: Uint8Array<ArrayBuffer>;
  /** DER of r and s for SM2 and P-256, raw for RSA. */
  signature: Uint8Array<ArrayBuffer>;
}

/** One wrapped share inside the openers; numbers from 0. */
export interface WrapSlot {
  envelope: string;
  /** Of the openers: 0 inside the bid, 1 to 8 for a rewrap's. */
  version: number;
  way: number;
  part: number;
  slot: number;
}

/** The public parts of a bid and the wraps to be opened: one consent and one PIN for all of them. */
export interface UnwrapRequest {
  keyId: string;
  tender: Uint8Array<ArrayBuffer>;
  index: Uint8Array<ArrayBuffer>;
  /** The openers inside the bid. */
  openers: Uint8Array<ArrayBuffer>;
  /** SignedData over the index. */
  signature: Uint8Array<ArrayBuffer>;
  /** Rewrap files whose openers are asked for. */
  rewraps: Uint8Array<ArrayBuffer>[];
  /** Release files whose shares are asked for: slots of others that were released to this key. */
  releases?: Uint8Array<ArrayBuffer>[];
  slots: WrapSlot[];
}

/** A share that a holder released; the SDK overwrites it after use. */
export interface ReleasedShare {
  slot: WrapSlot;
  /** 32 bytes. */
  share: Uint8Array<ArrayBuffer>;
}

export interface RehearsedSlot {
  slot: WrapSlot;
  /** Whether this key alone opens the envelope and its commitment was checked. */
  opensEnvelope: boolean;
}

/** What a request to a key waits for. */
export type KeyStage = 'queued' | 'consent' | 'pin' | 'token';

export interface KeyOptions {
  signal?: AbortSignal;
  /** Told when the request waits for its turn, the consent window, the PIN window or the token. */
  onStage?: (stage: KeyStage) => void;
}

/**
 * Something that holds keys: the bridge with a UKey, later the phone. Pages use it without knowing
 * which. Methods reject with `BidSealError` (`pin_wrong` carries `retriesLeft`).
 */
export interface KeyProvider {
  /** Needs no PIN. */
  listKeys(options?: KeyOptions): Promise<KeyEntry[]>;
  signBid(request: SignBidRequest, options?: KeyOptions): Promise<SignResult>;
  signOpeners(request: SignOpenersRequest, options?: KeyOptions): Promise<SignResult>;
  /**
   * Releases the shares of the slots that are right: at least one of each envelope, otherwise `wrap_mismatch`. The
   * holder refuses before the opening time.
   */
  unwrap(request: UnwrapRequest, options?: KeyOptions): Promise<ReleasedShare[]>;
  /** Tries the same at any time and releases nothing. */
  rehearse(request: UnwrapRequest, options?: KeyOptions): Promise<RehearsedSlot[]>;
  /** Ends connections and timers. */
  dispose(): void;
}
