/**
 * @bidseal/sdk: make, seal, verify and open bids in the page.
 *
 * ```ts
 * const bidseal = await createBidSeal();
 * const tender = await bidseal.openTenderFile(file, { roots: [rootPem] });
 * const keys = new BridgeKeyProvider(new BridgeClient());
 * const result = await bidseal.packBid({ tender, lot: '1', envelopes, summary, ... }, { onProgress, signal });
 * ```
 */
export type * from './types/bid.js';
export type * from './types/bridge.js';
export type * from './types/certificate.js';
export type * from './types/documents.js';
export type * from './types/keys.js';
export type * from './types/operation.js';
export type * from './types/seal.js';
export type * from './types/tender.js';
export { createBidSeal } from './bidseal.js';
export { createSeals } from './seals.js';
export { BridgeClient } from './bridge/client.js';
export { PassingIdentity, StoredIdentity, type PageIdentity } from './bridge/page-identity.js';
export type { LocalPermission } from './bridge/permission.js';
export type { BridgeAddress, BridgeSocket, BridgeTransport } from './bridge/transport.js';
export { bridgeStartLink } from './bridge/transport.js';
export { BridgeKeyProvider } from './bridge/provider.js';
export { BidSealError, type Language } from './error.js';
export { countingStream, packBidToStream } from './streams.js';
export { errorTexts, type ErrorCode } from './generated/errors.js';
export { sdkVersion } from './version.js';
