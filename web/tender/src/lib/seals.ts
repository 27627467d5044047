import { createSeals, type Seals } from '@bidseal/sdk';
import { readCertificatesBy } from './certificates';
import { trustFor } from './trust';

let started: Seals | undefined;

/** The one instance of the page; its worker starts at the first use. */
export function seals(): Seals {
  started ??= createSeals();
  return started;
}

/** Whoever is trusted for seals is not trusted for tender files, and the other way round. */
export function startSealPage(): void {
  trustFor('seals');
  readCertificatesBy(async () => seals());
}
