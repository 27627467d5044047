import type { ErrorCode } from '../generated/errors.js';
import type { PageIdentity } from '../bridge/page-identity.js';
import type { BridgeTransport } from '../bridge/transport.js';

/**
 * What the page can say about the bridge and its UKey. Browsers do not tell a refused permission from a
 * bridge that does not run, so one state names both; never claim more than it says.
 */
export type BridgeState =
  | 'not_running'
  | 'permission_prompt'
  | 'permission_denied_or_not_running'
  | 'outdated'
  /** Another program answers than the bridge that this page was paired with. */
  | 'changed'
  | 'not_paired'
  | 'no_token'
  | 'pin_low'
  | 'pin_blocked'
  | 'ready';

export interface BridgeStatus {
  state: BridgeState;
  /** For `outdated`: the side that is to be updated, when it is known. */
  older?: 'page' | 'bridge';
  /** Version of the bridge, once it answered. */
  bridgeVersion?: string;
  /** Name of the token and PIN tries left, when known. */
  deviceName?: string;
  retriesLeft?: number;
  /** For `no_token`: why the bridge could not tell its tokens, such as a driver that hangs. */
  problem?: ErrorCode;
}

export interface BridgeClientOptions {
  /** Ports to try in order; default: the bridge's fixed list. */
  ports?: number[];
  /** Milliseconds for connecting (default 3000) and for a request that needs no person (default 15000). */
  connectTimeout?: number;
  requestTimeout?: number;
  /**
   * Lets the page be paired without a code where the bridge's policy lists it: for pages of organisations
   * that manage the computers of their users. Default false: a program that takes the bridge's place could
   * claim the same.
   */
  acceptPreloaded?: boolean;
  /** For tests and pages with their own storage; default: the browser's, IndexedDB. */
  transport?: BridgeTransport;
  identity?: PageIdentity;
  /** Milliseconds for requests that wait for a PIN or a consent; default 180000. */
  personTimeout?: number;
}
