import { BidSealError } from '../error.js';
import type { ErrorCode } from '../generated/errors.js';
import type { PlainError } from './messages.js';

export function toPlainError(error: unknown): PlainError {
  const known = asBidSealError(error);
  return {
    code: known.code,
    message: known.message,
    subject: known.subject,
    ...(known.position === undefined ? {} : { position: known.position }),
    ...(known.retriesLeft === undefined ? {} : { retriesLeft: known.retriesLeft }),
  };
}

export function fromPlainError(error: PlainError): BidSealError {
  return new BidSealError(error.code, error);
}

const codesOfBrowserErrors: Record<string, ErrorCode> = {
  AbortError: 'cancelled',
  NotReadableError: 'file_changed',
  NotFoundError: 'io_read',
  QuotaExceededError: 'disk_full',
  NotAllowedError: 'io_write',
  NoModificationAllowedError: 'io_write',
  InvalidStateError: 'io_write',
  SecurityError: 'io_write',
};

/** Errors of the browser's files under our own codes; everything else is `internal`. */
export function asBidSealError(error: unknown): BidSealError {
  if (error instanceof BidSealError) return error;
  const name = error instanceof Error || error instanceof DOMException ? error.name : '';
  const message = error instanceof Error || error instanceof DOMException ? error.message : String(error);
  return new BidSealError(codesOfBrowserErrors[name] ?? 'internal', { message, cause: error });
}

/** The same for something that was being written: a place that vanished is no reading error. */
export function asWriteError(error: unknown): BidSealError {
  const known = asBidSealError(error);
  return known.code === 'io_read' || known.code === 'internal' || known.code === 'file_changed'
    ? new BidSealError('io_write', { message: known.message, cause: error })
    : known;
}
