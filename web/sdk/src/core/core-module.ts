import type { BidDocument, BidIndex, Encoded, Fingerprint, NonConformity } from '../types/bid.js';
import type { BidOpener, DocumentCheck, ReleaseInfo } from '../types/bid.js';
import type { CertificateInfo } from '../types/certificate.js';
import type { SealedManifest } from '../types/keys.js';
import type { TenderInfo } from '../types/tender.js';

/** What every guarded function of the module gives back; `unpack` takes it apart. */
export type Guarded<Value> = { value: Value; error?: undefined } | { error: CoreError };

export interface CoreError {
  code: string;
  message: string;
  subject: string;
  position?: number;
  retriesLeft?: number;
}

/** An object of the module; `delete()` frees it and wipes its secrets. */
export interface CoreObject {
  delete(): void;
}

export interface TenderSession extends CoreObject {
  addRoot(certificate: Encoded): Guarded<void>;
  addIntermediate(certificate: Encoded): Guarded<void>;
  addCrl(list: Encoded): Guarded<void>;
  open(file: Encoded): Guarded<{ info: TenderInfo; digest: string }>;
}

export interface DocumentSession extends CoreObject {
  begin(tender: Encoded, envelope: string, slot: string, path: string, size: number): Guarded<void>;
  write(length: number): Guarded<void>;
  finish(): Guarded<DocumentCheck>;
}

export interface DigestSession extends CoreObject {
  write(length: number): Guarded<void>;
  finish(): Guarded<string>;
}

export interface PackSession extends CoreObject {
  setLot(lot: string): Guarded<void>;
  setSigner(certificate: Encoded): Guarded<void>;
  addChain(certificate: Encoded): Guarded<void>;
  addOpener(certificate: Encoded): Guarded<void>;
  addWay(name: string): Guarded<void>;
  addCrl(list: Encoded): Guarded<void>;
  setReplaces(fingerprint: string): Guarded<void>;
  addSummary(id: string, value: string): Guarded<void>;
  acceptEarlyEnd(): Guarded<void>;
  begin(tender: Encoded): Guarded<void>;
  beginEnvelope(id: string): Guarded<void>;
  beginDocument(path: string, slot: string, size: number): Guarded<void>;
  write(length: number): Guarded<void>;
  endDocument(): Guarded<BidDocument>;
  /** True when the envelope is complete. */
  endEnvelopeStep(): Guarded<boolean>;
  finishContent(): Guarded<{ index: Encoded; openers: Encoded; manifests: SealedManifest[] }>;
  finish(signature: Encoded): Guarded<{ fingerprint: Fingerprint; index: BidIndex }>;
  outboxAddress(): number;
  outboxLength(): number;
  outboxClear(): void;
}

export interface NeededRange {
  offset: number;
  length: number;
}

/** A wrapped share that a certificate's key can unwrap. */
export interface CoreTask {
  envelope: string;
  version: number;
  way: number;
  part: number;
  slot: number;
  opensAlone: boolean;
}

export interface OpenStep {
  event: 'need' | 'manifest' | 'begin' | 'data' | 'end' | 'done';
  document: number;
  /** Of `data`: where it stands in the module's memory, until the next call. */
  address?: number;
  length?: number;
}

export interface BidParts {
  index: Encoded;
  signature: Encoded;
  openers: Encoded;
}

export interface BidSession extends CoreObject {
  begin(fileSize: number): Guarded<void>;
  need(): Guarded<NeededRange | undefined>;
  commit(length: number): Guarded<void>;
  info(): Guarded<{ fingerprint: Fingerprint; index: BidIndex; openers: BidOpener[]; signer: CertificateInfo }>;
  beginChunks(): Guarded<void>;
  checkTrust(): Guarded<{ revocationChecked: boolean }>;
  setTender(file: Encoded): Guarded<void>;
  addCrl(list: Encoded): Guarded<void>;
  addRewrap(file: Encoded): Guarded<void>;
  readRelease(file: Encoded): Guarded<ReleaseInfo>;
  /** Slots of the bid's openers and of the rewraps so far. */
  openers(): Guarded<BidOpener[]>;
  tasks(certificate: Encoded, envelope: string): Guarded<CoreTask[]>;
  parts(): Guarded<BidParts>;
  addShare(
    envelope: string,
    version: number,
    way: number,
    part: number,
    slot: number,
    length: number,
  ): Guarded<void>;
  beginEnvelope(id: string): Guarded<void>;
  step(): Guarded<OpenStep>;
  contents(): Guarded<{
    documents: BidDocument[];
    summary: Record<string, string>;
    nonConformities: NonConformity[];
  }>;
  endEnvelope(): Guarded<void>;
  addOpener(certificate: Encoded): Guarded<void>;
  addWay(name: string): Guarded<void>;
  rewrapContent(version: number): Guarded<Encoded>;
  rewrapFile(content: Encoded, signer: Encoded, signature: Encoded): Guarded<Encoded>;
}

/** The compiled core: see wasm/ for what each function does. */
export interface CoreModule {
  /** The whole memory; a new object after it has grown, so never kept across calls. */
  readonly HEAPU8: Uint8Array<ArrayBuffer>;
  bufferAddress(): number;
  bufferSize(): number;
  readCertificates(data: Encoded): Guarded<CertificateInfo[]>;
  checkSummaryValue(tender: Encoded, field: string, value: string): Guarded<void>;
  TenderSession: new () => TenderSession;
  DocumentSession: new () => DocumentSession;
  DigestSession: new () => DigestSession;
  PackSession: new () => PackSession;
  BidSession: new () => BidSession;
}
