import { BidSealError } from '../error.js';
import { bridgeHealthPath, bridgeProtocol } from '../generated/messages.js';
import { localPermission, type LocalPermission } from './permission.js';

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

/** The way to a bridge: the browser's own, or a fake's (`@bidseal/sdk/testing`). */
export interface BridgeTransport {
  /** The origin that the bridge sees. */
  readonly origin: string;
  permission(): Promise<LocalPermission>;
  /** Whether a bridge answers at this port. Throws `bridge_not_running`, `bridge_refused`, `bridge_outdated`. */
  probe(port: number, signal: AbortSignal): Promise<void>;
  /** Whether any program answers at this port, also one that does not let the page in. */
  listens(port: number, signal: AbortSignal): Promise<boolean>;
  open(port: number): BridgeSocket;
}

/** Which side is to be updated when the bridge names another protocol than ours; undefined: it is ours. */
export function olderSide(bridge: string): 'page' | 'bridge' | undefined {
  const number = (name: string): number => Number(/^bidseal\.v(\d{1,9})$/.exec(name)?.[1] ?? Number.NaN);
  const theirs = number(bridge);
  if (bridge === bridgeProtocol) return undefined;
  if (Number.isNaN(theirs)) throw new BidSealError('bridge_not_running'); // some other program's page
  return theirs > number(bridgeProtocol) ? 'page' : 'bridge';
}

export class BrowserTransport implements BridgeTransport {
  get origin(): string {
    return location.origin;
  }

  permission(): Promise<LocalPermission> {
    return localPermission();
  }

  /** Fetching the health page raises the browser's prompt; a socket does not. */
  async probe(port: number, signal: AbortSignal): Promise<void> {
    const response = await fetch(`http://127.0.0.1:${port}${bridgeHealthPath}`, {
      signal,
      cache: 'no-store',
      credentials: 'omit',
    });
    if (!response.ok) throw new BidSealError('bridge_refused');
    const health = (await response.json()) as { bridge?: unknown };
    const older = olderSide(typeof health.bridge === 'string' ? health.bridge : '');
    if (older !== undefined) throw new BidSealError('bridge_outdated', { subject: older });
  }

  /** Without CORS a page learns nothing but that there was an answer. */
  async listens(port: number, signal: AbortSignal): Promise<boolean> {
    const address = `http://127.0.0.1:${port}${bridgeHealthPath}`;
    try {
      await fetch(address, { signal, mode: 'no-cors', cache: 'no-store', credentials: 'omit' });
      return true;
    } catch {
      return false;
    }
  }

  open(port: number): BridgeSocket {
    return new WebSocket(`ws://127.0.0.1:${port}/`, bridgeProtocol);
  }
}
