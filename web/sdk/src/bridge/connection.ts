import { BidSealError } from '../error.js';
import { errorCodeOf } from '../core/guarded.js';
import type { ErrorCode } from '../generated/errors.js';
import {
  type BridgeEvent,
  bridgeVersion,
  type ErrorInfo,
  type HelloResult,
  methodFrameLimit,
  type MethodName,
  type Methods,
  type ServerMessage,
} from '../generated/messages.js';
import type { KeyStage } from '../types/keys.js';
import { fromBase64, toBase64 } from './base64.js';
import type { PageIdentity } from './page-identity.js';
import {
  daemonProofFits,
  type Greeting,
  pageProof,
  pairingCode,
  pairingCommitment,
  publicPoint,
  randomBytes,
  requireWebCrypto,
  sameBytes,
} from './pairing.js';
import { afterResponsive } from './patience.js';
import type { BridgeAddress, BridgeSocket, BridgeTransport } from './transport.js';

export interface RequestOptions {
  signal?: AbortSignal;
  onStage?: (stage: KeyStage) => void;
  /** Milliseconds until the request is given up. */
  timeout: number;
}

const nonceSize = 32;
const longestTimeout = 600_000; // milliseconds that a request may name

interface Waiting {
  resolve(result: unknown): void;
  reject(error: BidSealError): void;
  onStage?: (stage: KeyStage) => void;
}

export interface ConnectionOptions {
  transport: BridgeTransport;
  identity: PageIdentity;
  clientVersion: string;
  /** Milliseconds for the socket and for each message until the page is let in. */
  timeout: number;
  /** Whether the page may be paired without a code where the bridge's policy lists it. */
  acceptPreloaded: boolean;
}

const open = 1; // WebSocket.OPEN

/** One WebSocket to the bridge, after its hello. */
export class BridgeConnection {
  hello!: HelloResult;
  /** Whether the bridge knows this page: nothing of a token is told before. */
  paired = false;
  onEvent: (event: BridgeEvent) => void = () => undefined;
  onClose: () => void = () => undefined;
  private readonly socket: BridgeSocket;
  private readonly options: ConnectionOptions;
  private readonly waiting = new Map<number, Waiting>();
  private greeting!: Greeting;
  private lastId = 0;

  private constructor(socket: BridgeSocket, options: ConnectionOptions) {
    this.socket = socket;
    this.options = options;
    socket.onmessage = (event) => this.receive(event.data);
    socket.onclose = () => this.closed();
  }

  /**
   * Opens the socket, agrees on a version, checks that this is the daemon that the page was paired with,
   * and proves that the page is the one that was paired. Throws `bridge_not_running`, `bridge_outdated`,
   * `bridge_changed`.
   */
  static async open(address: BridgeAddress, options: ConnectionOptions): Promise<BridgeConnection> {
    requireWebCrypto();
    const socket = options.transport.open(address);
    await new Promise<void>((resolve, reject) => {
      const fail = (): void => {
        callOff();
        socket.close();
        reject(new BidSealError('bridge_not_running'));
      };
      const callOff = afterResponsive(options.timeout, fail);
      socket.onopen = () => {
        callOff();
        resolve();
      };
      socket.onerror = fail;
    });
    const connection = new BridgeConnection(socket, options);
    try {
      await connection.greet(address.host);
      await connection.prove();
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  private async greet(host: string): Promise<void> {
    const { clientVersion, timeout, transport, identity } = this.options;
    const pageNonce = randomBytes(nonceSize);
    const hello = await this.request(
      'hello',
      {
        versions: [bridgeVersion],
        client: { name: '@bidseal/sdk', version: clientVersion },
        nonce: toBase64(pageNonce),
      },
      { timeout },
    );
    // A bridge from before there was pairing sends neither.
    const { daemon_key: daemonKey, proof } = hello as Partial<HelloResult>;
    if (hello.version !== bridgeVersion || daemonKey === undefined || proof === undefined) {
      throw new BidSealError('bridge_outdated', { subject: 'bridge' });
    }
    this.hello = hello;
    this.greeting = {
      origin: transport.origin,
      host,
      version: hello.version,
      pageNonce,
      bridgeNonce: fromBase64(hello.nonce),
      daemonKey: fromBase64(daemonKey),
    };
    if (!(await daemonProofFits(this.greeting, fromBase64(proof)))) throw new BidSealError('bridge_changed');
    const pinned = await identity.pinned();
    if (pinned !== undefined && !sameBytes(pinned, this.greeting.daemonKey)) throw new BidSealError('bridge_changed');
  }

  /** Leaves `paired` false when the bridge does not know the page. */
  private async prove(): Promise<void> {
    const { identity, timeout, acceptPreloaded } = this.options;
    if ((await identity.pinned()) !== undefined) await this.unless('not_paired', () => this.proveKey(timeout));
    // A pairing that the policy made is made again as long as the policy says so.
    if (!this.paired && acceptPreloaded) await this.unless('policy_refused', () => this.pair({ timeout }));
  }

  private async proveKey(timeout: number): Promise<void> {
    const key = await this.options.identity.key();
    const [point, proof] = [await publicPoint(key), await pageProof(this.greeting, key)];
    await this.request('pair.prove', { key: toBase64(point), proof: toBase64(proof) }, { timeout });
    this.paired = true;
  }

  private async unless(code: ErrorCode, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof BidSealError) || error.code !== code) throw error;
    }
  }

  /**
   * Pairs page and bridge. With `onCode` the page must show the code until this resolves; the bridge shows
   * it in a window of its own, and the user compares. Throws `consent_refused`, `policy_refused` (without
   * `onCode`, when the bridge's policy does not list the page), `too_many_requests`, `timed_out`.
   */
  async pair(options: RequestOptions & { onCode?: (code: string) => void }): Promise<void> {
    const { identity } = this.options;
    const { onCode, ...waiting } = options;
    const key = await identity.key();
    const point = await publicPoint(key);
    const secret = randomBytes(nonceSize);
    const commitment = await pairingCommitment(point, secret);
    const begun = await this.request(
      'pair.begin',
      { key: toBase64(point), commitment: toBase64(commitment), code: onCode !== undefined },
      { timeout: this.options.timeout },
    );
    // The user was promised a window to compare with: one that shows none is not the bridge.
    if (begun.window !== (onCode !== undefined)) throw new BidSealError('bridge_changed');
    onCode?.(await pairingCode(this.greeting, point, secret, fromBase64(begun.secret)));
    const proof = await pageProof(this.greeting, key);
    await this.request('pair.confirm', { secret: toBase64(secret), proof: toBase64(proof) }, waiting);
    await identity.pin(this.greeting.daemonKey);
    this.paired = true;
  }

  get isOpen(): boolean {
    return this.socket.readyState === open;
  }

  request<Method extends MethodName>(
    method: Method,
    params: Methods[Method]['params'],
    options: RequestOptions,
  ): Promise<Methods[Method]['result']> {
    const id = ++this.lastId;
    // The bridge reads the method's name first to know how large the frame may be.
    const timeout = Math.min(Math.max(Math.ceil(options.timeout), 1), longestTimeout);
    // The hello is of a form that every bridge can read.
    const frame = JSON.stringify(method === 'hello' ? { method, id, params } : { method, id, timeout, params });
    if (new Blob([frame]).size > methodFrameLimit[method]) {
      return Promise.reject(new BidSealError('limit_exceeded', { subject: method }));
    }
    if (options.signal?.aborted === true) return Promise.reject(new BidSealError('cancelled'));
    if (!this.isOpen) return Promise.reject(new BidSealError('bridge_not_running'));
    return new Promise((resolve, reject) => {
      const finish = (): void => {
        callOff();
        options.signal?.removeEventListener('abort', onAbort);
        this.waiting.delete(id);
      };
      const giveUp = (code: 'cancelled' | 'timed_out'): void => {
        finish();
        this.cancel(id);
        reject(new BidSealError(code));
      };
      const onAbort = (): void => giveUp('cancelled');
      const callOff = afterResponsive(options.timeout, () => giveUp('timed_out'));
      options.signal?.addEventListener('abort', onAbort, { once: true });
      this.waiting.set(id, {
        resolve: (result) => {
          finish();
          resolve(result as Methods[Method]['result']);
        },
        reject: (error) => {
          finish();
          reject(error);
        },
        ...(options.onStage === undefined ? {} : { onStage: options.onStage }),
      });
      this.socket.send(frame);
    });
  }

  close(): void {
    this.socket.onclose = null;
    this.socket.close();
    this.closed();
  }

  /** Tells the bridge that nobody waits for a request any more; its answer is of no interest. */
  private cancel(request: number): void {
    if (!this.isOpen) return;
    this.socket.send(JSON.stringify({ method: 'cancel', id: ++this.lastId, params: { request } }));
  }

  private receive(data: unknown): void {
    const message = parseMessage(data);
    if (message === undefined) {
      this.close();
      return;
    }
    if ('event' in message) {
      if (message.event === 'request.stage') {
        this.waiting.get(message.data.request)?.onStage?.(message.data.stage);
      } else {
        this.onEvent(message);
      }
      return;
    }
    if (message.id === null) {
      this.close();
      return;
    }
    const waiting = this.waiting.get(message.id);
    if (waiting === undefined) return; // cancelled or timed out before
    if ('error' in message) waiting.reject(errorOfInfo(message.error));
    else waiting.resolve(message.result);
  }

  private closed(): void {
    for (const each of [...this.waiting.values()]) each.reject(new BidSealError('bridge_not_running'));
    this.onClose();
    this.onClose = () => undefined;
  }
}

function parseMessage(data: unknown): ServerMessage | undefined {
  if (typeof data !== 'string') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (!('event' in value || ('id' in value && ('result' in value || 'error' in value)))) return undefined;
  return value as ServerMessage; // from our own bridge; its members have the generated types
}

function errorOfInfo(info: ErrorInfo): BidSealError {
  return new BidSealError(errorCodeOf(info.code), {
    ...(info.retries_left === undefined ? {} : { retriesLeft: info.retries_left }),
    ...(info.subject === undefined ? {} : { subject: info.subject }),
  });
}
