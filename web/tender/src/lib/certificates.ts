import type { CertificateInfo, Encoded } from '@bidseal/sdk';
import { bidseal } from './sdk';

/** What can read certificates: the module for bids, or the one for seals. */
interface CertificateReader {
  readCertificates(data: Encoded): Promise<CertificateInfo[]>;
}

let reader: () => Promise<CertificateReader> = bidseal;

/** Pages about seals load one module, not two. */
export function readCertificatesBy(other: () => Promise<CertificateReader>): void {
  reader = other;
}

export async function readCertificates(data: Encoded): Promise<CertificateInfo[]> {
  return (await reader()).readCertificates(data);
}
