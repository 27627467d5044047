import { type BidSeal, BidSealError, createBidSeal } from '@bidseal/sdk';

let started: Promise<BidSeal> | undefined;

/** The one instance of the page; its workers start at the first use. */
export function bidseal(): Promise<BidSeal> {
  started ??= createBidSeal();
  return started;
}

/** Whatever was thrown, as the SDK's error, which has a text for people. */
export function asError(error: unknown): BidSealError {
  if (error instanceof BidSealError) return error;
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  if (error instanceof DOMException) {
    if (error.name === 'AbortError') return new BidSealError('cancelled', { message });
    if (error.name === 'QuotaExceededError') return new BidSealError('disk_full', { message });
    if (error.name === 'NotReadableError') return new BidSealError('file_changed', { message });
    if (error.name === 'NotFoundError') return new BidSealError('io_read', { message });
    if (error.name === 'NotAllowedError') return new BidSealError('io_write', { message });
  }
  return new BidSealError('internal', { message, cause: error });
}
