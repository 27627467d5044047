import type { BidSeal, PackRequest, PackResult } from './types/bid.js';
import type { OperationOptions } from './types/operation.js';

/**
 * Packs into a stream that the caller reads (to upload while packing, for example). The readable fails
 * when packing fails; whoever reads must then discard what came. `result` settles after the last byte.
 */
export function packBidToStream(
  bidseal: BidSeal,
  request: Omit<PackRequest, 'output'>,
  options?: OperationOptions,
): { readable: ReadableStream<Uint8Array<ArrayBuffer>>; result: Promise<PackResult> } {
  const { readable, writable } = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>();
  const result = bidseal.packBid({ ...request, output: { kind: 'stream', stream: writable } }, options);
  return { readable, result };
}

/** Passes bytes on and calls `onBytes` with the count so far: progress for uploads and downloads. */
export function countingStream(
  onBytes: (total: number) => void,
): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let total = 0;
  return new TransformStream({
    transform(piece, controller) {
      total += piece.length;
      onBytes(total);
      controller.enqueue(piece);
    },
  });
}
