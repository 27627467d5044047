import type { Encoded } from '../types/bid.js';
import type { CertificateInfo } from '../types/certificate.js';
import type { PageSize, SealInfo, SealReport, SealVerdict } from '../types/seal.js';
import type { CoreObject, Guarded } from './core-module.js';

export interface SealJudge extends CoreObject {
  addRoot(certificate: Encoded): Guarded<void>;
  addIssuerRoot(certificate: Encoded): Guarded<void>;
  addIntermediate(certificate: Encoded): Guarded<void>;
  addCrl(list: Encoded): Guarded<void>;
  requireCrl(): Guarded<void>;
  judgePdf(size: number): Guarded<SealReport[]>;
  judgeSeal(seal: Encoded): Guarded<SealVerdict>;
}

export interface SealingSession extends CoreObject {
  begin(size: number): Guarded<void>;
  pageCount(): Guarded<number>;
  page(index: number): Guarded<PageSize>;
  setSigner(certificate: Encoded): Guarded<void>;
  setSeal(seal: Encoded): Guarded<void>;
  setPicture(data: Encoded, widthMm: number, heightMm: number): Guarded<void>;
  addChain(certificate: Encoded): Guarded<void>;
  addCrl(list: Encoded): Guarded<void>;
  setWords(reason: string, location: string): Guarded<void>;
  setNames(filter: string, subFilter: string): Guarded<void>;
  addPlace(page: number, leftMm: number, topMm: number): Guarded<void>;
  addCrossPage(first: number, count: number, middleMm: number, pagesPerSeal: number): Guarded<void>;
  toBeSigned(): Guarded<Encoded>;
  finish(signature: Encoded): Guarded<Encoded>;
}

/** The compiled core's part for seals: see wasm/seal for what each function does. */
export interface SealModule {
  readonly HEAPU8: Uint8Array<ArrayBuffer>;
  readCertificates(data: Encoded): Guarded<CertificateInfo[]>;
  readSeal(seal: Encoded): Guarded<SealInfo>;
  SealJudge: new () => SealJudge;
  SealingSession: new () => SealingSession;
}

/** Fills `target` with the file's bytes from `offset` on: 0, or 1 for a changed file, 2 for one that cannot be read. */
export type ReadRange = (offset: number, target: Uint8Array) => 0 | 1 | 2;
