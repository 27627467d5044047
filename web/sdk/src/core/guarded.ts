import { BidSealError } from '../error.js';
import { errorCodes, type ErrorCode } from '../generated/errors.js';
import type { CoreError, CoreModule, Guarded } from './core-module.js';

const known = new Set<string>(errorCodes);

/** The code, or `internal` for a name that this version does not know. */
export function errorCodeOf(name: string): ErrorCode {
  return known.has(name) ? (name as ErrorCode) : 'internal';
}

export function errorOf(error: CoreError): BidSealError {
  return new BidSealError(errorCodeOf(error.code), {
    message: error.message,
    subject: error.subject,
    ...(error.position === undefined ? {} : { position: error.position }),
    ...(error.retriesLeft === undefined ? {} : { retriesLeft: error.retriesLeft }),
  });
}

/** The value of a guarded call, or its error thrown. */
export function unpack<Value>(result: Guarded<Value>): Value {
  if (result.error !== undefined) throw errorOf(result.error);
  return result.value;
}

/** Copies bytes (at most the buffer's size) to where the module reads them. */
export function fillBuffer(core: CoreModule, bytes: Uint8Array): void {
  core.HEAPU8.set(bytes, core.bufferAddress());
}

/** Calls `use` with each buffer-sized piece of the bytes after it was filled in. */
export function throughBuffer(core: CoreModule, bytes: Uint8Array, use: (length: number) => void): void {
  const size = core.bufferSize();
  for (let at = 0; at < bytes.length; at += size) {
    const piece = bytes.subarray(at, at + size);
    fillBuffer(core, piece);
    use(piece.length);
  }
}
