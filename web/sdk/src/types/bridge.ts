import type { PageIdentity } from '../bridge/page-identity.js';
import type { LocalPermission } from '../bridge/permission.js';
import type { BridgeTransport } from '../bridge/transport.js';
import type { ErrorCode } from '../generated/errors.js';
import type { MethodName } from '../generated/messages.js';

/**
 * What the page can say about the bridge and its UKey. Browsers do not tell a refused permission from a
 * bridge that does not run, so one state names both; never claim more than it says.
 */
export type BridgeState =
  | 'not_running'
  | 'permission_prompt'
  | 'permission_denied_or_not_running'
  /** A program answers at the bridge's port, but does not let this page in: its list has another one, or it is no bridge. */
  | 'refused'
  | 'outdated'
  /** Another program answers than the bridge that this page was paired with. */
  | 'changed'
  | 'not_paired'
  /** The bridge answers, but could not say which tokens there are: `problem` tells why. */
  | 'failed'
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
  /** For `failed`: what the bridge answered, such as that a driver hangs. */
  problem?: ErrorCode;
}

/** What a page finds at one of the bridge's ports: nothing (`silent`) or a program that does not let it in (`refused`). */
export type PortAnswer = 'bridge' | 'outdated' | 'refused' | 'silent';

/** Everything that a page can find out about the bridge without a consent or a PIN. */
export interface BridgeDiagnosis {
  permission: LocalPermission;
  /** Whether this page was paired with a bridge in this browser: then one was installed here. */
  pairedBefore: boolean;
  /** Empty while the browser has not been asked for its permission. */
  ports: { port: number; answer: PortAnswer }[];
  status: BridgeStatus;
  /** Methods of this SDK that the bridge does not have; absent when the bridge did not say. */
  missingMethods?: MethodName[];
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
