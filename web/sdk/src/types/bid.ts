import type { ErrorCode } from '../generated/errors.js';
import type { CertificateInfo } from './certificate.js';
import type { KeyProvider } from './keys.js';
import type { OperationOptions, Output, Written } from './operation.js';
import type { EnvelopeKind, OpeningWay, TenderInfo } from './tender.js';

/** A certificate, revocation list or other small file: its bytes (certificates and lists: DER or PEM). */
export type Encoded = Uint8Array<ArrayBuffer>;

/** What the user trusts: needed to judge the platform's certificate. */
export interface Trust {
  /** Roots that may have issued the platform's certificate. */
  roots: Encoded[];
  intermediates?: Encoded[];
  crls?: Encoded[];
}

/** A tender file whose signature and platform certificate have been verified. */
export interface TenderFile {
  readonly info: TenderInfo;
  /** SM3 of the tender's content, 64 hex digits: what bids refer to. */
  readonly digest: string;
  /** The file itself. */
  readonly bytes: Encoded;
}

/** One document to be packed. It is read in slices and never held in memory whole. */
export interface DocumentInput {
  /** Slot of the envelope. */
  slot: string;
  /** Path inside the envelope, '/'-separated. */
  path: string;
  file: File | Blob;
}

export interface EnvelopeInput {
  id: string;
  documents: DocumentInput[];
}

/** A key that signs, and its certificate. */
export interface Signer {
  provider: KeyProvider;
  keyId: string;
  /** The signing certificate. */
  certificate: Encoded;
  /** Certificates between it and the root, where the tender file does not bring them. */
  chain?: Encoded[];
}

/** A key that opens, and its encryption certificate. */
export interface Opener {
  provider: KeyProvider;
  keyId: string;
  certificate: Encoded;
}

export interface PackRequest {
  tender: TenderFile;
  lot: string;
  /** Any order; the bid has the tender's order. */
  envelopes: EnvelopeInput[];
  /** Values of the bid summary by field id. */
  summary: Record<string, string>;
  /** Signs the bid. The supplier's name and credit code are this certificate's. */
  signer: Signer;
  /**
   * Certificates that can open for the supplier: the UKey's encryption certificate, and others such as
   * a second key's.
   */
  openers: Encoded[];
  /** Ways of opening; absent: the mandatory ones, else the tender's first. */
  ways?: OpeningWay[];
  /** Fingerprint (64 hex digits) of the bid that this one replaces. */
  replaces?: string;
  /** Current revocation lists: those used at signing travel with the signature. */
  crls?: Encoded[];
  /** Seal although a supplier's certificate ends before the opening. */
  acceptEarlyEnd?: boolean;
  output: Output;
}

/** The bid's short name, the same on every screen, receipt and board. */
export interface Fingerprint {
  /** 64 lower-case hex digits: the form of requests and records. */
  hex: string;
  /** Upper-case in groups of four, for people. */
  text: string;
  /** Twelve words for reading aloud; for comparison only. */
  words: string[];
}

export interface PackResult extends Written {
  fingerprint: Fingerprint;
  index: BidIndex;
  documents: BidDocument[];
}

/** An envelope as the public index shows it. */
export interface BidEnvelope {
  id: string;
  kind: EnvelopeKind;
  title: string;
  stage: number;
  /** Bytes of ciphertext. */
  length: number;
  chunks: number;
  /** Hex. */
  root: string;
  commitment: string;
}

/** What everyone who has the file may read of a bid. */
export interface BidIndex {
  platform: string;
  project: string;
  lot: string;
  tender: string;
  supplierName: string;
  supplierCode: string;
  /** ISO 8601, UTC. */
  created: string;
  /** Fingerprint of the bid that it replaces. */
  replaces?: string;
  envelopes: BidEnvelope[];
}

/** A wrapped share: one of those who can open, or help to open, an envelope. */
export interface BidOpener {
  envelope: string;
  /** Of the openers: 0 inside the bid, 1 to 8 for a rewrap's. */
  version: number;
  way: number;
  part: number;
  slot: number;
  role: 'supplier' | 'platform' | 'rescue';
  /** From 2 on: so many of the part's slots are needed. */
  threshold: number;
  /** `ukey`, `mobile`, `cms`, `cms-oaep-sha1`, or the name of a kind that this program does not know. */
  kind: string;
  certificate: CertificateInfo;
}

export interface BidInfo {
  fingerprint: Fingerprint;
  index: BidIndex;
  openers: BidOpener[];
  /** The certificate that signed. The signature itself was verified; trust is `verifyBid`'s question. */
  signer: CertificateInfo;
  size: number;
}

export interface VerifyResult extends BidInfo {
  /** SM3 of the whole file, 64 hex digits. */
  sm3: string;
  /** Chunks that were checked: all of them. */
  chunksVerified: number;
  /** Whether a current revocation list was at hand. */
  revocationChecked: boolean;
}

export interface RehearseResult {
  /** One entry for each wrap that the key was tried on. */
  envelopes: {
    id: string;
    way: number;
    /** True: this key alone opens the envelope. False: its part is right, others are needed too. */
    opensEnvelope: boolean;
  }[];
}

/** A document of a bid. */
export interface BidDocument {
  envelope: string;
  slot: string;
  path: string;
  size: number;
  /** 64 hex digits, as `openssl dgst -sm3` prints it. */
  sm3: string;
  /** Found by its bytes: `pdf`, `docx` … */
  format: string;
}

/** A share that somebody else released: the platform or a rescue member. */
export interface GivenShare {
  envelope: string;
  /** Version of the openers that hold the slot; 0 without rewraps. */
  version: number;
  way: number;
  part: number;
  slot: number;
  /** 32 bytes. */
  share: Encoded;
}

/** The place of a wrapped share; numbers from 0. */
export interface SlotPlace {
  envelope: string;
  version: number;
  way: number;
  part: number;
  slot: number;
}

/** What a checked release (`.sbrl`) says: whose shares go to whom, and until when. */
export interface ReleaseInfo {
  /** Who released: the holder of each of these shares. */
  signer: CertificateInfo;
  /** ISO 8601, UTC. */
  created: string;
  expires: string;
  /** SM3 of the certificate that it is encrypted to, 64 hex digits. */
  recipient: string;
  shares: SlotPlace[];
}

export interface OpenRequest {
  file: Blob;
  tender: TenderFile;
  /** May be absent when `shares` suffice. */
  key?: Opener;
  shares?: GivenShare[];
  /** Release files (`.sbrl`) that are encrypted to `key`. */
  releases?: Encoded[];
  /** Envelopes to open; all when absent. */
  envelopes?: string[];
  /** Rewraps of this bid. */
  rewraps?: Encoded[];
}

/** A rule of the tender that the content breaks though it opens: "opened, non-conforming". */
export interface NonConformity {
  code: ErrorCode;
  /** Id of a slot or field. */
  subject: string;
  /** Path of the document, where it is about one. */
  path?: string;
}

export interface OpenedEnvelope {
  id: string;
  documents: BidDocument[];
  /** The figures of the bid summary that this envelope holds, by field id. */
  summary: Record<string, string>;
  nonConformities: NonConformity[];
}

/**
 * An opened bid. Its documents stand in the page's private storage, which `dispose()` empties; they
 * were all checked before the first of them can be read.
 */
export interface OpenedBid {
  fingerprint: Fingerprint;
  index: BidIndex;
  envelopes: OpenedEnvelope[];
  /** A document as a file: for showing, saving by link, comparing. */
  read(envelope: string, path: string): File;
  stream(envelope: string, path: string): ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Writes all documents below a folder that the user chose, as `envelope/path`. */
  saveTo(folder: FileSystemDirectoryHandle, options?: OperationOptions): Promise<void>;
  dispose(): Promise<void>;
}

export interface RewrapRequest {
  file: Blob;
  tender: TenderFile;
  /** Opens the present wraps. */
  key: Opener;
  /** The company's certificate: the bid's, or a newer one with the same credit code. */
  signer: Signer;
  /** The supplier's openers that the new version has. */
  openers: Encoded[];
  ways?: OpeningWay[];
  /** 1 to 8, above every rewrap made before. */
  version: number;
  /** Earlier rewraps, where only they hold a wrap for `key`. */
  rewraps?: Encoded[];
}

/** What the bytes of a document say about it. */
export interface DocumentCheck {
  format: string;
  encrypted: boolean;
  active: boolean;
  /** Why sealing would refuse it; absent when it is fine. */
  problem?: ErrorCode;
}

/** The entry to everything; made by `createBidSeal`. */
export interface BidSeal {
  /** Reads and verifies a tender file. Throws `tender_invalid`, `tender_signature`, `certificate_*`. */
  openTenderFile(file: Blob, trust: Trust, options?: OperationOptions): Promise<TenderFile>;
  /** What can be told of certificates, DER or PEM, without trusting them. */
  readCertificates(data: Encoded): Promise<CertificateInfo[]>;
  /** Looks at one document as sealing will: path, size, real format, active content in price envelopes. */
  checkDocument(
    tender: TenderFile,
    envelope: string,
    document: DocumentInput,
    options?: OperationOptions,
  ): Promise<DocumentCheck>;
  /** Why a summary value would be refused; undefined when it is fine. */
  checkSummaryValue(tender: TenderFile, field: string, value: string): Promise<ErrorCode | undefined>;
  packBid(request: PackRequest, options?: OperationOptions): Promise<PackResult>;
  /** Index, openers and signature, without reading the content. */
  inspectBid(file: Blob, options?: OperationOptions): Promise<BidInfo>;
  /** Every chunk, the whole file's SM3, signature, certificate and tender; needs no key. */
  verifyBid(file: Blob, tender: TenderFile, options?: OperationOptions & { crls?: Encoded[] }): Promise<VerifyResult>;
  /** Tries the key on its own wraps; nothing is released or decrypted. */
  rehearseBid(file: Blob, tender: TenderFile, key: Opener, options?: OperationOptions): Promise<RehearseResult>;
  openBid(request: OpenRequest, options?: OperationOptions): Promise<OpenedBid>;
  /**
   * Checks a release against the bid: signature, bid, slots, whose they are, and its end. Throws
   * `release_invalid`, `release_other_bid`, `release_refused`, `release_expired`, `envelope_unknown`,
   * `share_invalid`, `signature_*`, `certificate_*`. Whether its shares are right shows when they are used.
   */
  readRelease(
    file: Blob,
    tender: TenderFile,
    release: Encoded,
    options?: OperationOptions & { rewraps?: Encoded[] },
  ): Promise<ReleaseInfo>;
  /** All slots of the bid and of these rewraps: who can open, or help to open. */
  listOpeners(file: Blob, tender: TenderFile, rewraps: Encoded[], options?: OperationOptions): Promise<BidOpener[]>;
  /** Adds openers without touching content or fingerprint; returns the rewrap file (`.sbrw`). */
  rewrapBid(request: RewrapRequest, options?: OperationOptions): Promise<Encoded>;
  /** SM3 of a file, 64 hex digits, as `openssl dgst -sm3` prints it. */
  digest(file: Blob, options?: OperationOptions): Promise<string>;
  /** Removes an output of kind `private`. */
  discardPrivate(name: string): Promise<void>;
  /** Bytes of the largest wasm memory that the workers reached: for measurements. */
  heapBytes(): Promise<number>;
  /** Ends the workers; running operations are rejected with `cancelled`. */
  dispose(): void;
}

export interface BidSealOptions {
  /** Where the worker's module stands; default: beside this package's own files. */
  workerUrl?: string | URL;
  /** How many operations may run side by side; default 2. */
  workers?: number;
}
