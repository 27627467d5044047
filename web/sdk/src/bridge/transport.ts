import { BidSealError } from '../error.js';
import { bridgeHealthPath, bridgeProtocol } from '../generated/messages.js';
import { localPermission, type LocalPermission } from './permission.js';

/** A link to this starts the bridge where it is installed; the browser asks its user first. */
export const bridgeStartLink = 'bidseal:start';

/** What the client needs of a WebSocket. */
export interface BridgeSocket {
  readonly readyState: number;
  onopen: ((event: Event) => void) | null;
  onerror: ((event: Event) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  onmessage: ((event: MessageEvent<unknown>) => void) | null;
  send(text: string): void;
  close(): void;
}

/** Where a bridge may listen on this machine. */
export interface BridgeAddress {
  /** As the bridge sees it in the `Host` header: `127.0.0.1:17391`. */
  host: string;
  /** Whether it speaks TLS there. */
  secure: boolean;
}

/** The first way in, which most browsers take. */
export function plainAddress(port: number): BridgeAddress {
  return { host: `127.0.0.1:${port}`, secure: false };
}

/**
 * The second, for browsers that refuse plain connections to this machine from a page of the web: the port after
 * the plain one, where the user has set it up (`bidseal-bridge trust install`).
 */
export function secureAddress(port: number): BridgeAddress {
  return { host: `localhost:${port + 1}`, secure: true };
}

/** The way to a bridge: the browser's own, or a fake's (`@bidseal/sdk/testing`). */
export interface BridgeTransport {
  /** The origin that the bridge sees. */
  readonly origin: string;
  permission(): Promise<LocalPermission>;
  /** Whether a bridge answers there. Throws `bridge_not_running`, `bridge_refused`, `bridge_outdated`. */
  probe(address: BridgeAddress, signal: AbortSignal): Promise<void>;
  /** Whether any program answers there, also one that does not let the page in. */
  listens(address: BridgeAddress, signal: AbortSignal): Promise<boolean>;
  open(address: BridgeAddress): BridgeSocket;
}

/** Which side is to be updated when the bridge names another protocol than ours; undefined: it is ours. */
export function olderSide(bridge: string): 'page' | 'bridge' | undefined {
  const number = (name: string): number => Number(/^bidseal\.v(\d{1,9})$/.exec(name)?.[1] ?? Number.NaN);
  const theirs = number(bridge);
  if (bridge === bridgeProtocol) return undefined;
  if (Number.isNaN(theirs)) throw new BidSealError('bridge_not_running'); // some other program's page
  return theirs > number(bridgeProtocol) ? 'page' : 'bridge';
}

function healthPage({ host, secure }: BridgeAddress): string {
  return `${secure ? 'https' : 'http'}://${host}${bridgeHealthPath}`;
}

export class BrowserTransport implements BridgeTransport {
  get origin(): string {
    return location.origin;
  }

  permission(): Promise<LocalPermission> {
    return localPermission();
  }

  /** Fetching the health page raises the browser's prompt; a socket does not. */
  async probe(address: BridgeAddress, signal: AbortSignal): Promise<void> {
    const response = await fetch(healthPage(address), { signal, cache: 'no-store', credentials: 'omit' });
    if (!response.ok) throw new BidSealError('bridge_refused');
    const health = (await response.json()) as { bridge?: unknown };
    const older = olderSide(typeof health.bridge === 'string' ? health.bridge : '');
    if (older !== undefined) throw new BidSealError('bridge_outdated', { subject: older });
  }

  /** Without CORS a page learns nothing but that there was an answer. */
  async listens(address: BridgeAddress, signal: AbortSignal): Promise<boolean> {
    try {
      await fetch(healthPage(address), { signal, mode: 'no-cors', cache: 'no-store', credentials: 'omit' });
      return true;
    } catch {
      return false;
    }
  }

  open({ host, secure }: BridgeAddress): BridgeSocket {
    return new WebSocket(`${secure ? 'wss' : 'ws'}://${host}/`, bridgeProtocol);
  }
}
