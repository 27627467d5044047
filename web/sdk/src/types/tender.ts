import type { CertificateInfo } from './keys.js';

/** A slot of an envelope into which documents go. */
export interface DocumentSlot {
  id: string;
  title: string;
  required: boolean;
  /** Allowed formats: `pdf`, `docx`, `xlsx`, `xml`, `jpg`, `zip`, `any` …; empty when all are. */
  formats: string[];
  /** Largest size of one document in bytes. */
  maxBytes: number;
  maxCount: number;
}

/** An envelope as the tender file asks for it. */
export interface EnvelopeRequirement {
  id: string;
  title: string;
  /** Opening stage, from 1: envelopes of a stage are opened together. */
  stage: number;
  /** Price envelopes refuse encrypted and active documents, and are stored, not deflated. */
  isPrice: boolean;
  documents: DocumentSlot[];
}

/** A figure of the bid summary (read out at the opening). */
export interface SummaryField {
  id: string;
  title: string;
  /** `decimal` values are strings with exactly `scale` digits after the point, never floats. */
  type: 'text' | 'decimal' | 'integer' | 'date' | 'choice';
  unit: string;
  required: boolean;
  scale?: number;
  min?: string;
  max?: string;
  choices?: string[];
  maxBytes?: number;
  /** The envelope whose manifest holds it. */
  envelope: string;
}

export interface TenderLot {
  id: string;
  title: string;
  envelopes: EnvelopeRequirement[];
  summary: SummaryField[];
}

/** A way of opening that the tender's policy knows. */
export interface OpeningWay {
  kind: 'supplier' | 'supplier_and_platform' | 'platform_and_rescue';
  mandatory: boolean;
}

/** What a verified tender file says. Times are ISO 8601, UTC. */
export interface TenderInfo {
  platform: string;
  project: string;
  title: string;
  buyer: string;
  deadline: string;
  openingTime: string;
  decryptionWindowMinutes: number;
  lots: TenderLot[];
  openingWays: OpeningWay[];
  platformCertificate: CertificateInfo;
  acceptedIssuers: CertificateInfo[];
  crlUrls: string[];
}
