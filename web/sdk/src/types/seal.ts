import type { ErrorCode } from '../generated/errors.js';
import type { Encoded } from './bid.js';
import type { CertificateInfo } from './certificate.js';
import type { BatchOptions, DocumentSignature, DocumentToSign } from './documents.js';
import type { OperationOptions } from './operation.js';

/** Whom to trust. Seals and their users' certificates often come from different authorities. */
export interface SealTrust {
  /** Roots of those who seal. */
  roots: Encoded[];
  /** Roots of those who issue seals; the same when absent. */
  issuerRoots?: Encoded[];
  /** Certificates that help to reach a root. */
  intermediates?: Encoded[];
  crls?: Encoded[];
  /** A seal does not stand unless current lists say that nobody is revoked. */
  requireCrl?: boolean;
}

/** What a finding is about: the seal's own data, who made it, the act of sealing, who sealed, what was sealed. */
export type SealPart = 'seal' | 'issuer' | 'signature' | 'signer' | 'document';

export interface SealFinding {
  part: SealPart;
  code: ErrorCode;
}

/** What an electronic seal (GB/T 38540, GM/T 0031) says of itself. */
export interface SealInfo {
  name: string;
  id: string;
  standard: 'GM/T 0031-2014' | 'GB/T 38540-2020' | 'GM/T 0031-2025';
  version: number;
  /** 1 organisation, 2 person; makers use more. */
  type: number;
  vendor: string;
  issuer: CertificateInfo;
  /** ISO 8601, UTC. */
  created: string;
  validFrom: string;
  validUntil: string;
  /** How many certificates may use it. */
  users: number;
  picture: {
    /** By its bytes; empty for something that is no picture of these kinds. */
    kind: 'png' | 'jpeg' | 'gif' | 'bmp' | '';
    data: Encoded;
    widthMm: number;
    heightMm: number;
  };
}

/** Where a reader shows a picture: millimetres from the left and top edge of the page as it is shown. */
export interface ShownPicture {
  /** From 0. */
  page: number;
  leftMm: number;
  topMm: number;
  widthMm: number;
  heightMm: number;
}

/** The judgement on one seal or signature of a PDF. */
export interface SealReport {
  /** Name of the signature field. */
  field: string;
  /** Whether nothing is wrong. */
  valid: boolean;
  /** Everything that is wrong. */
  findings: SealFinding[];
  /** What kind of signature it is; `none` when it cannot be read. */
  container: 'none' | 'gbt_38540' | 'gbt_35275' | 'cms';
  subFilter: string;
  seal?: SealInfo;
  signer?: CertificateInfo;
  /** By the signer's own clock; ISO 8601, UTC. */
  signedAt?: string;
  revocationChecked: boolean;
  /** The first so many bytes of the file, but for the signature's own place, are what was signed. */
  covers: number;
  coversAll: boolean;
  /** Whether something came afterwards that is more than further seals. */
  changedAfter: boolean;
  pictures: ShownPicture[];
  /** False when another maker's form hides whether the pictures are the seal's own. */
  picturesCompared: boolean;
}

/** The judgement on a seal by itself (`.esl`). */
export interface SealVerdict {
  seal: SealInfo;
  valid: boolean;
  findings: SealFinding[];
  revocationChecked: boolean;
}

export interface PageSize {
  widthMm: number;
  heightMm: number;
}

/** Signs documents whole: `BridgeKeyProvider` does. */
export interface DocumentSigner {
  signDocuments(keyId: string, documents: DocumentToSign[], options?: BatchOptions): Promise<DocumentSignature[]>;
}

/** A key that seals, and its certificate. */
export interface SealingKey {
  provider: DocumentSigner;
  keyId: string;
  certificate: Encoded;
  /** Certificates between it and its root; they are enclosed where there is no electronic seal. */
  chain?: Encoded[];
}

/** One picture on a page, or one seal cut over the right edges of several pages (骑缝章). */
export type SealPlace =
  | { kind: 'page'; page: number; leftMm: number; topMm: number }
  | {
      kind: 'cross-page';
      /** From 0. */
      first: number;
      count: number;
      /** Height of the picture's middle, from the top. */
      middleMm: number;
      /** Most pages that share one seal; 20 when absent. */
      pagesPerSeal?: number;
    };

/** A document and how it is sealed. */
export interface DocumentToSeal {
  /** The PDF. It is read where that is needed and never held in memory whole. */
  file: Blob;
  /** What the key's holder is asked about, and the result's name. */
  name: string;
  /** An electronic seal (`.esl`): its picture is shown at its own size. */
  seal?: Encoded;
  /** Without a seal: any PNG or JPEG beside the signature. */
  picture?: { data: Encoded; widthMm: number; heightMm: number };
  /** All of them are one signature; none for a signature without a picture. */
  places: SealPlace[];
  /** Shown by PDF readers. */
  reason?: string;
  location?: string;
  /** Names of the signature's Filter and SubFilter, for a reader that asks for others than the usual ones. */
  filter?: string;
  subFilter?: string;
  /** Revocation lists to enclose, without a seal. */
  crls?: Encoded[];
}

export interface SealRequest extends DocumentToSeal {
  key: SealingKey;
}

export interface SealedDocument {
  /** The original's bytes and the new section; it refers to the original file, which must stay as it is until this was saved. */
  file: File;
  /** What was appended. */
  section: Encoded;
}

export interface SealsOptions {
  /** Address of the package's `worker/seal-worker.js`, where a bundler does not find it by itself. */
  workerUrl?: URL | string;
}

/** Electronic seals and sealed PDFs. */
export interface Seals {
  /** Judges every seal and signature of a PDF, also of other makers; empty when there is none. */
  verifySeals(file: Blob, trust: SealTrust, options?: OperationOptions): Promise<SealReport[]>;
  /** Judges a seal by itself. */
  verifySeal(seal: Encoded, trust: SealTrust): Promise<SealVerdict>;
  readSeal(seal: Encoded): Promise<SealInfo>;
  readCertificates(data: Encoded): Promise<CertificateInfo[]>;
  /** Sizes of all pages as a reader shows them. */
  measurePages(file: Blob, options?: OperationOptions): Promise<PageSize[]>;
  sealDocument(request: SealRequest, options?: OperationOptions): Promise<SealedDocument>;
  /** Up to 1,000 documents with one use of the key: one consent, one PIN. Either all are sealed or none. */
  sealDocuments(documents: DocumentToSeal[], key: SealingKey, options?: OperationOptions): Promise<SealedDocument[]>;
  /** Memory of the largest module so far. */
  heapBytes(): number;
  dispose(): void;
}
