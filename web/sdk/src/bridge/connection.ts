import { BidSealError } from '../error.js';
import { errorCodeOf } from '../core/guarded.js';
import {
  type BridgeEvent,
  bridgeProtocol,
  bridgeVersion,
  type ErrorInfo,
  type HelloResult,
  methodFrameLimit,
  type MethodName,
  type Methods,
  type ServerMessage,
} from '../generated/messages.js';
import type { KeyStage } from '../types/keys.js';
import { afterResponsive } from './patience.js';

export interface RequestOptions {
  signal?: AbortSignal;
  onStage?: (stage: KeyStage) => void;
  /** Milliseconds until the request is given up. */
  timeout: number;
}

interface Waiting {
  resolve(result: unknown): void;
  reject(error: BidSealError): void;
  onStage?: (stage: KeyStage) => void;
}

/** One WebSocket to the bridge, after its hello. */
export class BridgeConnection {
  readonly hello: HelloResult;
  onEvent: (event: BridgeEvent) => void = () => undefined;
  onClose: () => void = () => undefined;
  private readonly socket: WebSocket;
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.hello = { version: 0, daemon: { name: '', version: '' }, capabilities: [], nonce: '' };
    socket.onmessage = (event: MessageEvent<unknown>) => this.receive(event.data);
    socket.onclose = () => this.closed();
  }

  /** Opens the socket and agrees on a version. Throws `bridge_not_running` or `bridge_outdated`. */
  static async open(port: number, clientVersion: string, timeout: number): Promise<BridgeConnection> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, bridgeProtocol);
    await new Promise<void>((resolve, reject) => {
      const fail = (): void => {
        callOff();
        socket.close();
        reject(new BidSealError('bridge_not_running'));
      };
      const callOff = afterResponsive(timeout, fail);
      socket.onopen = () => {
        callOff();
        resolve();
      };
      socket.onerror = fail;
    });
    const connection = new BridgeConnection(socket);
    try {
      const hello = await connection.request(
        'hello',
        { versions: [bridgeVersion], client: { name: '@bidseal/sdk', version: clientVersion } },
        { timeout },
      );
      Object.assign(connection.hello, hello);
      if (hello.version !== bridgeVersion) throw new BidSealError('bridge_outdated');
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  request<Method extends MethodName>(
    method: Method,
    params: Methods[Method]['params'],
    options: RequestOptions,
  ): Promise<Methods[Method]['result']> {
    const id = ++this.lastId;
    // The bridge reads the method's name first to know how large the frame may be.
    const frame = JSON.stringify({ method, id, params });
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
