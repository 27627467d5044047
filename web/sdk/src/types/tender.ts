import type { CertificateInfo } from './certificate.js';

export type EnvelopeKind = 'qualification' | 'technical' | 'commercial' | 'price';

/** A slot of an envelope into which documents go. */
export interface DocumentSlot {
  id: string;
  title: string;
  required: boolean;
  /** Allowed formats: `pdf`, `docx`, `xlsx`, `dwg` …, or the single name `any`. */
  formats: string[];
  /** Largest size of one document in bytes. */
  maxBytes: number;
  maxCount: number;
}

/** An envelope as the tender file asks for it. */
export interface EnvelopeRule {
  id: string;
  /** Price envelopes refuse encrypted and active documents. */
  kind: EnvelopeKind;
  title: string;
  /** Opening stage, from 1: envelopes of a lower stage are opened first. */
  stage: number;
  slots: DocumentSlot[];
}

/** A figure of the bid summary (read out at the opening). */
export interface SummaryField {
  id: string;
  title: string;
  /** The envelope whose manifest holds it. */
  envelope: string;
  /**
   * Amounts and quantities are decimal strings with exactly `scale` digits after the point, integers
   * have none, dates are YYYY-MM-DD; never floats.
   */
  type: 'amount' | 'quantity' | 'integer' | 'text' | 'date' | 'choice';
  /** May be empty. */
  unit: string;
  scale: number;
  min?: string;
  max?: string;
  required: boolean;
  /** Of a choice field. */
  choices: string[];
}

export interface TenderLot {
  id: string;
  title: string;
}

/** Who may open an envelope. */
export type OpeningWay = 'supplier' | 'supplier+platform' | 'platform+rescue';

/** What a verified tender file says. Times are ISO 8601, UTC. */
export interface TenderInfo {
  platformId: string;
  platformName: string;
  projectId: string;
  projectTitle: string;
  buyer: string;
  published: string;
  deadline: string;
  opening: string;
  /** The decryption window. */
  windowMinutes: number;
  lots: TenderLot[];
  /** The same for every lot, in the order of the bid. */
  envelopes: EnvelopeRule[];
  summary: SummaryField[];
  /** In the buyer's order of preference. */
  ways: { way: OpeningWay; mandatory: boolean }[];
  platformCertificate: CertificateInfo;
  platformEncryption?: CertificateInfo;
  rescueThreshold: number;
  rescueMembers: CertificateInfo[];
  roots: CertificateInfo[];
  intermediates: CertificateInfo[];
  crlUrls: string[];
}
