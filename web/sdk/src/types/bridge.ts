/**
 * What the page can say about the bridge and its UKey. Browsers do not tell a refused permission from a
 * bridge that does not run, so one state names both; never claim more than it says.
 */
export type BridgeState =
  | 'not_running'
  | 'permission_prompt'
  | 'permission_denied_or_not_running'
  | 'outdated'
  | 'no_token'
  | 'pin_low'
  | 'pin_blocked'
  | 'ready';

export interface BridgeStatus {
  state: BridgeState;
  /** Version of the bridge, once it answered. */
  bridgeVersion?: string;
  /** Name of the token and PIN tries left, when known. */
  deviceName?: string;
  retriesLeft?: number;
}

export interface BridgeClientOptions {
  /** Ports to try in order; default: the bridge's fixed list. */
  ports?: number[];
  /** Milliseconds for connecting (default 3000) and for a request that needs no person (default 15000). */
  connectTimeout?: number;
  requestTimeout?: number;
  /** Milliseconds for requests that wait for a PIN or a consent; default 180000. */
  personTimeout?: number;
}
