import type { CertificateInfo, KeyProvider } from './keys.js';
import type { OperationOptions, Output, Written } from './operation.js';
import type { TenderInfo } from './tender.js';

/** A certificate or revocation list: DER or PEM. */
export type Encoded = Uint8Array<ArrayBuffer>;

/** What a caller trusts beside (or instead of) what the tender file names. */
export interface Trust {
  /** Root certificates that may have issued the platform's certificate. */
  roots: Encoded[];
  intermediates?: Encoded[];
  crls?: Encoded[];
  /** Proceed without a current revocation list (`revocation_unknown` is reported, not thrown). */
  allowUnknownRevocation?: boolean;
}

/** A tender file whose signature has been verified. */
export interface TenderFile {
  readonly info: TenderInfo;
  /** SM3 of the file, 64 hex digits. */
  readonly sm3: string;
  /** The file itself. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** One document to be packed. The blob is read in slices and never held in memory whole. */
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
  /** The signing certificate, DER. */
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
  envelopes: EnvelopeInput[];
  /** Values of the bid summary by field id; amounts are decimal strings. */
  summary: Record<string, string>;
  /** Signs the bid. Name and credit code of the bid are this certificate's. */
  signer: Signer;
  /**
   * Certificates that can open for the supplier: the UKey's encryption certificate, and others such as
   * a colleague's or the renewed key's.
   */
  openers: Encoded[];
  /** Fingerprint (64 hex digits) of the bid that this one replaces. */
  replaces?: string;
  /** Revocation lists used at signing: they travel with the signature. */
  crls?: Encoded[];
  allowUnknownRevocation?: boolean;
  output: Output;
}

/** The bid's short name, the same on every screen, receipt and board. */
export interface Fingerprint {
  /** 64 hex digits. */
  hex: string;
  /** The same in groups of eight. */
  groups: string[];
  /** Twelve words for reading aloud; for comparison only. */
  words: string[];
}

export interface PackResult extends Written {
  fingerprint: Fingerprint;
  index: BidIndex;
  documents: BidDocument[];
  /** What people should know although it does not hinder, as codes of `errorTexts`. */
  warnings: BidWarning[];
}

export interface BidWarning {
  code: import('../generated/errors.js').ErrorCode;
  subject: string;
}

/** An envelope as the public index shows it. */
export interface BidEnvelope {
  id: string;
  title: string;
  stage: number;
  /** Bytes of ciphertext. */
  length: number;
  chunks: number;
  /** Hex. */
  root: string;
  commitment: string;
}

/** What everyone may read of a bid. */
export interface BidIndex {
  platform: string;
  project: string;
  lot: string;
  tenderSm3: string;
  supplierName: string;
  creditCode: string;
  created: string;
  replaces: string | null;
  envelopes: BidEnvelope[];
}

/** A wrapped share: who holds a way of opening. */
export interface BidOpener {
  /** `*` or the envelope that it opens. */
  envelope: string;
  way: number;
  part: number;
  slot: number;
  kind: 'ukey' | 'mobile' | 'cms' | 'unknown';
  /** Name of the way, as in the tender's policy. */
  wayName: string;
  /** SM3 of the certificate it was made for. */
  certificateSm3: string;
}

export interface BidInfo {
  fingerprint: Fingerprint;
  index: BidIndex;
  openers: BidOpener[];
  signer: CertificateInfo;
  /** SignedData over the index fits, its certificate is the index's; says nothing about trust. */
  signatureValid: boolean;
  size: number;
}

export interface VerifyResult extends BidInfo {
  sm3: string;
  /** Chunks whose leaf and root were recomputed: all of them. */
  chunksVerified: number;
  /** Whether revocation could be judged. */
  revocationChecked: boolean;
}

export interface RehearseResult {
  /** One entry for each envelope and wrap that the key was tried on. */
  envelopes: { id: string; kind: 'ukey' | 'mobile' | 'cms'; wayName: string; commitmentChecked: boolean }[];
}

/** A document of an opened envelope. */
export interface BidDocument {
  envelope: string;
  slot: string;
  path: string;
  size: number;
  /** 64 hex digits, as `openssl dgst -sm3` prints it. */
  sm3: string;
  type: string;
}

/**
 * Takes opened documents. Bytes come before all checks are done, so `begin` returns a place that is not
 * yet the final one; only `commit` gives documents their names. After `abort` nothing may be left.
 */
export interface DocumentSink {
  begin(document: { envelope: string; path: string }): Promise<WritableStream<Uint8Array<ArrayBuffer>>>;
  commit(documents: BidDocument[]): Promise<void>;
  abort(): Promise<void>;
}

/** Where opened documents go. */
export type OpenTarget =
  /** Private storage of the page; read with `OpenedBid.read(...)`, removed by `OpenedBid.dispose()`. */
  | { kind: 'private' }
  /** A folder that the user chose (`showDirectoryPicker`). */
  | { kind: 'directory'; handle: FileSystemDirectoryHandle }
  | { kind: 'sink'; sink: DocumentSink };

export interface OpenRequest {
  file: Blob;
  tender: TenderFile;
  key: Opener;
  /** Shares that others released (platform, rescue members), where the way needs them. */
  shares?: { envelope: string; way: number; part: number; slot: number; share: Encoded }[];
  /** Envelopes to open; all when absent. */
  envelopes?: string[];
  /** Rewraps of this bid, newest last. */
  rewraps?: Encoded[];
  target: OpenTarget;
}

export interface OpenedEnvelope {
  id: string;
  documents: BidDocument[];
  /** The bid summary's figures that this envelope's manifest holds. */
  summary: Record<string, string>;
  /** Rules that the content breaks though it opens: "opened, non-conforming". */
  nonConforming: BidWarning[];
}

export interface OpenedBid {
  fingerprint: Fingerprint;
  index: BidIndex;
  envelopes: OpenedEnvelope[];
  /** A document's content; for the `private` target only. */
  read(envelope: string, path: string): Promise<File>;
  /** Removes private copies. */
  dispose(): Promise<void>;
}

export interface RewrapRequest {
  file: Blob;
  tender: TenderFile;
  /** Opens the present wraps. */
  key: Opener;
  signer: Signer;
  /** Certificates to be added. */
  openers: Encoded[];
  /** 1 to 8, above every rewrap made before. */
  version: number;
}

/** The entry to everything; made by `createBidSeal`. */
export interface BidSeal {
  /** Reads and verifies a tender file. Throws `tender_invalid`, `tender_signature`, `certificate_*`. */
  openTenderFile(file: Blob, trust: Trust, options?: OperationOptions): Promise<TenderFile>;
  /** What can be told of certificates, DER or PEM, without trusting them. */
  readCertificates(data: Encoded): Promise<CertificateInfo[]>;
  /**
   * Checks one document as sealing will: path, size, real format, active content in price envelopes.
   * Resolves when it is fine; throws the same error that packing would.
   */
  checkDocument(tender: TenderFile, lot: string, envelope: string, document: DocumentInput): Promise<void>;
  packBid(request: PackRequest, options?: OperationOptions): Promise<PackResult>;
  /** Index, openers and signature, without reading the content. */
  inspectBid(file: Blob, options?: OperationOptions): Promise<BidInfo>;
  /** Every chunk, the whole file's SM3, signature and certificate; needs no key. */
  verifyBid(file: Blob, tender: TenderFile, options?: OperationOptions): Promise<VerifyResult>;
  /** Tries the key on its own wraps; nothing is released or decrypted. */
  rehearseBid(
    file: Blob,
    tender: TenderFile,
    key: Opener,
    options?: OperationOptions,
  ): Promise<RehearseResult>;
  openBid(request: OpenRequest, options?: OperationOptions): Promise<OpenedBid>;
  /** Adds openers without touching content or fingerprint; returns the rewrap object. */
  rewrapBid(request: RewrapRequest, options?: OperationOptions): Promise<Uint8Array<ArrayBuffer>>;
  /** Removes an output of kind `private`. */
  discardPrivate(name: string): Promise<void>;
  /** Bytes of the largest wasm memory among the workers: for measurements. */
  heapBytes(): Promise<number>;
  /** Ends the workers; running operations are rejected with `cancelled`. */
  dispose(): void;
}

export interface BidSealOptions {
  /** Folder that holds `bidseal-worker.js`, `bidseal-core.js` and `bidseal-core.wasm`; default: this module's. */
  baseUrl?: string | URL;
  /** How many operations may run side by side; default 2. */
  workers?: number;
}
