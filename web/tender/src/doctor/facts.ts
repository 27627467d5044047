// What the check knows; everything that it says follows from this.
import type { BridgeDiagnosis, CertificateInfo, ErrorCode, KeyEntry, PinState } from '@bidseal/sdk';
import type { BrowserName } from './browser';

export interface TokenFacts {
  pinState: PinState;
  retriesLeft?: number;
  retriesMax?: number;
  defaultPin: boolean;
}

export interface KeyFacts {
  entry: KeyEntry;
  signing?: CertificateInfo;
  encryption?: CertificateInfo;
}

/** How the test signature went. */
export type TestFacts =
  | { state: 'none' }
  | { state: 'running' }
  | { state: 'works'; seconds: number; algorithm: string }
  | { state: 'failed'; code: ErrorCode; retriesLeft?: number };

export interface Facts {
  origin: string;
  /** Whether the browser gives the page keys: over https, or from this computer. */
  secure: boolean;
  privateStorage: boolean;
  browser: BrowserName;
  pageVersion: string;
  diagnosis?: BridgeDiagnosis;
  tokens?: TokenFacts[];
  keys?: KeyFacts[];
  test: TestFacts;
}

/** A certificate that ends within these days is worth a word. */
export const soonDays = 30;

/** Whole days until the first of a key's certificates ends; negative when one has ended. */
export function daysLeft(key: KeyFacts, now: number): number {
  const ends = [key.entry.signing, key.entry.encryption].flatMap((each) => (each === undefined ? [] : [Date.parse(each.notAfter)]));
  return Math.floor((Math.min(...ends) - now) / 86_400_000);
}

export type KeyState = 'valid' | 'ends_soon' | 'expired' | 'not_yet_valid' | 'no_signing' | 'no_encryption';

export function keyState(key: KeyFacts, now: number): KeyState {
  const { signing, encryption } = key.entry;
  if (signing === undefined) return 'no_signing';
  if (encryption === undefined) return 'no_encryption';
  const states = [signing.status, encryption.status];
  if (states.includes('expired')) return 'expired';
  if (states.includes('not_yet_valid')) return 'not_yet_valid';
  return daysLeft(key, now) < soonDays ? 'ends_soon' : 'valid';
}

/** The keys that can make a test signature. */
export function signingKeys(facts: Facts): KeyFacts[] {
  return (facts.keys ?? []).filter(({ entry }) => entry.signing?.status === 'active' && entry.pinState !== 'locked');
}
