import type { BidSealError, TenderFile } from '@bidseal/sdk';
import { asError, bidseal } from './sdk';
import { loadRoots, roots } from './trust';

/** Verifies a tender file against the roots that the user and the site trust. */
export async function openTender(file: File): Promise<{ tender?: TenderFile; error?: BidSealError }> {
  try {
    await loadRoots();
    const sdk = await bidseal();
    return { tender: await sdk.openTenderFile(file, { roots: roots.value.map((root) => root.certificate.der) }) };
  } catch (error) {
    return { error: asError(error) };
  }
}
