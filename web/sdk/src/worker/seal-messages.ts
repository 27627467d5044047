// Tasks of the worker for seals: what goes in and what comes out.
import type { Encoded } from '../types/bid.js';
import type { CertificateInfo } from '../types/certificate.js';
import type { PageSize, SealInfo, SealPlace, SealReport, SealTrust, SealVerdict } from '../types/seal.js';

export interface SealInput {
  file: Blob;
  name: string;
  crls: Encoded[];
  seal?: Encoded;
  picture?: { data: Encoded; widthMm: number; heightMm: number };
  places: SealPlace[];
  reason: string;
  location: string;
  filter: string;
  subFilter: string;
}

export interface SealTaskTypes {
  verifySeals: { input: { file: Blob; trust: SealTrust }; output: SealReport[] };
  verifySeal: { input: { seal: Encoded; trust: SealTrust }; output: SealVerdict };
  readSeal: { input: { seal: Encoded }; output: SealInfo };
  readCertificates: { input: { data: Encoded }; output: CertificateInfo[] };
  measure: { input: { file: Blob }; output: PageSize[] };
  /** All with one use of the key; gives what is to be appended to each. */
  sealDocuments: { input: { certificate: Encoded; chain: Encoded[]; documents: SealInput[] }; output: Encoded[] };
}

export type SealTask = {
  [Name in keyof SealTaskTypes]: { name: Name; input: SealTaskTypes[Name]['input'] };
}[keyof SealTaskTypes];
