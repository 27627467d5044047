import { fromBase64, toBase64 } from '../bridge/base64.js';
import {
  daemonProof,
  type Greeting,
  makePageKey,
  pairingCode,
  pairingCommitment,
  publicPoint,
  randomBytes,
  sameBytes,
} from '../bridge/pairing.js';
import type { LocalPermission } from '../bridge/permission.js';
import {
  type BridgeAddress,
  type BridgeSocket,
  type BridgeTransport,
  olderSide,
  plainAddress,
  secureAddress,
} from '../bridge/transport.js';
import { BidSealError } from '../error.js';
import type { ErrorCode } from '../generated/errors.js';
import {
  type BridgeEvent,
  bridgeProtocol,
  type ErrorInfo,
  type KeyInfo,
  methodFrameLimit,
  type MethodName,
  type Methods,
  type RequestStage,
  type TokenInfo,
} from '../generated/messages.js';

/** A token that is plugged into a fake bridge. */
export interface FakeToken {
  info: TokenInfo;
  keys: KeyInfo[];
  pin: string;
}

/** What the person at the fake bridge does at each window, in order; then `otherwise` for all that follow. */
export type Answer = 'allow' | 'refuse' | 'never' | { pin: string };

/** Answers a method in the place of the bridge; throws `BidSealError` for an error. */
export type Handler<Method extends MethodName> = (
  params: Methods[Method]['params'],
) => Promise<Methods[Method]['result']> | Methods[Method]['result'];

export interface FakeBridgeOptions {
  origin?: string;
  /** The protocol that its health page names; default: ours. */
  protocol?: string;
  /** Versions that its hello knows; default: [1]. */
  versions?: number[];
  port?: number;
  /** Reached by TLS alone, as by browsers that refuse plain connections; its port is the one after `port`. */
  secureOnly?: boolean;
  tokens?: FakeToken[];
  /** Whether its policy lists the page. */
  preloaded?: boolean;
  /** Whether it lets the page in; default true. */
  listed?: boolean;
  /** Methods that it says it knows; default: all. */
  capabilities?: string[];
}

interface Request {
  id: number;
  method: MethodName;
  params: never;
}

const personMethods: MethodName[] = ['sign.bid', 'sign.openers', 'unwrap.envelopes', 'rehearse.envelopes', 'login', 'grant.open'];

/** A PIN state as a bridge tells it. */
function pinStateOf(left: number, max: number): TokenInfo['pin_state'] {
  if (left === 0) return 'locked';
  if (left === 1) return 'last';
  return left < max ? 'low' : 'ok';
}

export function fakeToken(changes: Partial<TokenInfo> & { pin?: string; keys?: KeyInfo[] } = {}): FakeToken {
  const { pin = '123456', keys = [], ...info } = changes;
  return {
    pin,
    keys,
    info: {
      token: 'token-1',
      label: 'Fake UKey',
      maker: 'BidSeal',
      model: 'fake',
      serial: 'FAKE-0001',
      pin_state: 'ok',
      retries_left: 6,
      retries_max: 6,
      default_pin: false,
      ...info,
    },
  };
}

/**
 * A bridge in the page's own memory, for tests of pages: real hello, real pairing with real keys, tokens that
 * are plugged in and pulled out, and a person whose answers are scripted. What methods give beyond that comes
 * from `on()`.
 *
 * ```ts
 * const bridge = new FakeBridge({ tokens: [fakeToken()] });
 * const client = new BridgeClient({ transport: bridge, identity: new PassingIdentity() });
 * ```
 */
export class FakeBridge implements BridgeTransport {
  readonly origin: string;
  /** What its windows showed, in order. */
  readonly windows: { kind: 'pairing' | 'consent' | 'pin'; text: string }[] = [];
  /** Methods that were asked for, in order. */
  readonly asked: MethodName[] = [];
  /** What the browser would say. */
  browserPermission: LocalPermission = 'granted';
  /** Whether anything answers at its port. */
  running = true;
  readonly answers: Answer[] = [];
  otherwise: Answer = 'allow';
  private readonly options: Required<Omit<FakeBridgeOptions, 'origin' | 'tokens'>>;
  private readonly tokens: FakeToken[];
  private readonly paired: Uint8Array<ArrayBuffer>[] = [];
  private readonly handlers = new Map<MethodName, (params: never) => unknown>();
  private readonly sockets = new Set<FakeSocket>();
  private identity: Promise<CryptoKeyPair> = makePageKey();

  constructor(options: FakeBridgeOptions = {}) {
    this.origin = options.origin ?? 'https://page.example';
    this.tokens = [...(options.tokens ?? [])];
    this.options = {
      protocol: options.protocol ?? bridgeProtocol,
      versions: options.versions ?? [1],
      port: options.port ?? 17391,
      secureOnly: options.secureOnly ?? false,
      preloaded: options.preloaded ?? false,
      listed: options.listed ?? true,
      capabilities: options.capabilities ?? Object.keys(methodFrameLimit),
    };
  }

  /** Gives a method its answer, or an error. */
  on<Method extends MethodName>(method: Method, answer: Handler<Method> | ErrorCode): void {
    const handler: Handler<Method> =
      typeof answer === 'function'
        ? answer
        : () => {
            throw new BidSealError(answer);
          };
    this.handlers.set(method, handler as (params: never) => unknown);
  }

  plugIn(token: FakeToken): void {
    this.tokens.push(token);
    this.tell({ event: 'token.added', data: { info: token.info } });
  }

  pullOut(token: string): void {
    const place = this.tokens.findIndex((each) => each.info.token === token);
    if (place < 0) return;
    this.tokens.splice(place, 1);
    this.tell({ event: 'token.removed', data: { token } });
  }

  /** Ends the program: connections are lost, nothing answers any more. */
  stop(): void {
    this.running = false;
    for (const socket of [...this.sockets]) socket.end();
  }

  /** Another program takes its place: its key is another, and it knows no page. */
  replace(): void {
    this.stop();
    this.identity = makePageKey();
    this.paired.length = 0;
    this.running = true;
  }

  /** As `bidseal-bridge policy revoke` does. */
  revokePairings(): void {
    this.paired.length = 0;
  }

  async permission(): Promise<LocalPermission> {
    return this.browserPermission;
  }

  async probe(address: BridgeAddress): Promise<void> {
    if (!this.answersAt(address) || this.browserPermission === 'denied') {
      throw new BidSealError('bridge_not_running');
    }
    if (!this.options.listed) throw new TypeError('Failed to fetch'); // what browsers make of an answer without CORS
    const older = olderSide(this.options.protocol);
    if (older !== undefined) throw new BidSealError('bridge_outdated', { subject: older });
  }

  async listens(address: BridgeAddress): Promise<boolean> {
    return this.answersAt(address) && this.browserPermission !== 'denied';
  }

  open(address: BridgeAddress): BridgeSocket {
    const socket = new FakeSocket(this, address.host);
    if (this.answersAt(address)) {
      this.sockets.add(socket);
      setTimeout(() => socket.begin(), 0);
    } else {
      setTimeout(() => socket.fail(), 0);
    }
    return socket;
  }

  private answersAt({ host }: BridgeAddress): boolean {
    const { port, secureOnly } = this.options;
    return this.running && host === (secureOnly ? secureAddress(port) : plainAddress(port)).host;
  }

  /** @internal */
  closed(socket: FakeSocket): void {
    this.sockets.delete(socket);
  }

  /** @internal */
  async answer(socket: FakeSocket, { id, method, params }: Request): Promise<void> {
    this.asked.push(method);
    try {
      socket.tell({ id, result: await this.resultOf(socket, id, method, params) });
    } catch (error) {
      socket.tell({ id, error: infoOf(error) });
    }
  }

  private async resultOf(socket: FakeSocket, id: number, method: MethodName, params: never): Promise<unknown> {
    if (method === 'hello') return this.greet(socket, params);
    if (method.startsWith('pair.')) return this.pair(socket, id, method, params);
    if (method === 'cancel') return { found: socket.cancel((params as { request: number }).request) };
    if (socket.pageKey === undefined || !this.knows(socket.pageKey)) throw new BidSealError('not_paired');
    if (personMethods.includes(method)) await this.askPerson(socket, id, method, params);
    const handler = this.handlers.get(method);
    if (handler !== undefined) return handler(params);
    if (method === 'tokens.list') return { tokens: this.tokens.map(({ info }) => info) };
    if (method === 'certificates.list') return { keys: this.tokens.flatMap(({ keys }) => keys) };
    throw new BidSealError('token_unsupported', { message: `no answer was scripted for ${method}` });
  }

  private async greet(socket: FakeSocket, params: Methods['hello']['params']): Promise<Methods['hello']['result']> {
    const version = params.versions.find((each) => this.options.versions.includes(each));
    if (version === undefined || params.nonce === undefined) {
      const older = params.versions.every((each) => each < Math.max(...this.options.versions));
      throw new BidSealError('bridge_outdated', { subject: older ? 'page' : 'bridge' });
    }
    const key = await this.identity;
    const greeting: Greeting = {
      origin: this.origin,
      host: socket.host,
      version,
      pageNonce: fromBase64(params.nonce),
      bridgeNonce: randomBytes(32),
      daemonKey: await publicPoint(key),
    };
    socket.greeting = greeting;
    return {
      version,
      daemon: { name: 'fake-bridge', version: '0.0.0' },
      capabilities: this.options.capabilities,
      nonce: toBase64(greeting.bridgeNonce),
      daemon_key: toBase64(greeting.daemonKey),
      proof: toBase64(await daemonProof(greeting, key)),
    };
  }

  private async pair(socket: FakeSocket, id: number, method: MethodName, params: never): Promise<unknown> {
    if (method === 'pair.prove') {
      const { key } = params as Methods['pair.prove']['params'];
      if (!this.knows(fromBase64(key))) throw new BidSealError('not_paired');
      socket.pageKey = fromBase64(key);
      return { pairing: 'fake' };
    }
    if (method === 'pair.begin') {
      const begin = params as Methods['pair.begin']['params'];
      if (!begin.code && !this.options.preloaded) throw new BidSealError('policy_refused');
      socket.attempt = { begin, secret: randomBytes(32) };
      return { secret: toBase64(socket.attempt.secret), window: begin.code };
    }
    const { secret } = params as Methods['pair.confirm']['params'];
    const { attempt, greeting } = socket;
    socket.attempt = undefined;
    if (attempt === undefined || greeting === undefined) throw new BidSealError('message_invalid');
    const key = fromBase64(attempt.begin.key);
    const commitment = toBase64(await pairingCommitment(key, fromBase64(secret)));
    if (commitment !== attempt.begin.commitment) throw new BidSealError('message_invalid');
    if (attempt.begin.code) {
      const code = await pairingCode(greeting, key, fromBase64(secret), attempt.secret);
      this.windows.push({ kind: 'pairing', text: code });
      await this.decide(socket, id, 'consent');
    }
    this.paired.push(key);
    socket.pageKey = key;
    return { pairing: 'fake' };
  }

  private knows(key: Uint8Array): boolean {
    return this.paired.some((each) => sameBytes(each, key));
  }

  private async askPerson(socket: FakeSocket, id: number, method: MethodName, params: never): Promise<void> {
    const token = this.tokenOf((params as { key: string }).key);
    if (token.info.pin_state === 'locked') throw new BidSealError('pin_locked', { retriesLeft: 0 });
    this.windows.push({ kind: 'consent', text: method });
    await this.decide(socket, id, 'consent');
    for (;;) {
      this.windows.push({ kind: 'pin', text: token.info.label });
      const answer = await this.decide(socket, id, 'pin');
      const pin = typeof answer === 'object' ? answer.pin : token.pin;
      const max = token.info.retries_max ?? 6;
      const left = pin === token.pin ? max : (token.info.retries_left ?? max) - 1;
      token.info = { ...token.info, retries_left: left, pin_state: pinStateOf(left, max) };
      if (pin === token.pin) break;
      if (left === 0) throw new BidSealError('pin_locked', { retriesLeft: 0 });
    }
    socket.stage(id, 'token');
  }

  private tokenOf(key: string): FakeToken {
    const token = this.tokens.find((each) => each.keys.some((one) => one.key === key)) ?? this.tokens[0];
    if (token === undefined) throw new BidSealError('token_absent');
    return token;
  }

  private async decide(socket: FakeSocket, id: number, stage: RequestStage): Promise<Answer> {
    socket.stage(id, stage);
    const answer = this.answers.shift() ?? this.otherwise;
    if (answer === 'never') await socket.cancelled(id);
    if (answer === 'refuse') throw new BidSealError(stage === 'pin' ? 'pin_cancelled' : 'consent_refused');
    return answer;
  }

  private tell(event: BridgeEvent): void {
    for (const socket of this.sockets) if (socket.pageKey !== undefined) socket.tell(event);
  }
}

function infoOf(error: unknown): ErrorInfo {
  if (!(error instanceof BidSealError)) return { code: 'internal' };
  const { code, retriesLeft, subject } = error;
  return {
    code,
    ...(retriesLeft === undefined ? {} : { retries_left: retriesLeft }),
    ...(subject === '' ? {} : { subject }),
  };
}

class FakeSocket implements BridgeSocket {
  readyState = 0;
  onopen: BridgeSocket['onopen'] = null;
  onerror: BridgeSocket['onerror'] = null;
  onclose: BridgeSocket['onclose'] = null;
  onmessage: BridgeSocket['onmessage'] = null;
  greeting: Greeting | undefined;
  attempt: { begin: Methods['pair.begin']['params']; secret: Uint8Array<ArrayBuffer> } | undefined;
  pageKey: Uint8Array<ArrayBuffer> | undefined;
  readonly host: string;
  private readonly bridge: FakeBridge;
  private readonly hanging = new Map<number, (error: BidSealError) => void>();

  constructor(bridge: FakeBridge, host: string) {
    this.bridge = bridge;
    this.host = host;
  }

  begin(): void {
    if (this.readyState !== 0) return;
    this.readyState = 1;
    this.onopen?.(new Event('open'));
  }

  fail(): void {
    this.readyState = 3;
    this.onerror?.(new Event('error'));
  }

  send(text: string): void {
    const request = JSON.parse(text) as Request;
    setTimeout(() => void this.bridge.answer(this, request), 0);
  }

  close(): void {
    this.end();
  }

  end(): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.bridge.closed(this);
    for (const stop of this.hanging.values()) stop(new BidSealError('cancelled'));
    this.onclose?.(new Event('close') as CloseEvent);
  }

  tell(message: unknown): void {
    if (this.readyState !== 1) return;
    this.onmessage?.(new MessageEvent('message', { data: JSON.stringify(message) }));
  }

  stage(request: number, stage: RequestStage): void {
    this.tell({ event: 'request.stage', data: { request, stage } });
  }

  /** Rejects when the page gives the request up. */
  cancelled(request: number): Promise<never> {
    return new Promise((_, reject) => this.hanging.set(request, reject));
  }

  cancel(request: number): boolean {
    const stop = this.hanging.get(request);
    this.hanging.delete(request);
    stop?.(new BidSealError('cancelled'));
    return stop !== undefined;
  }
}
