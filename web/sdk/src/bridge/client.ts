import { BidSealError } from '../error.js';
import type { ErrorCode } from '../generated/errors.js';
import {
  bridgePorts,
  type BridgeEvent,
  methodFrameLimit,
  type MethodName,
  type Methods,
  type TokenInfo,
} from '../generated/messages.js';
import type { BridgeClientOptions, BridgeDiagnosis, BridgeStatus, PortAnswer } from '../types/bridge.js';
import type { KeyOptions } from '../types/keys.js';
import { sdkVersion } from '../version.js';
import { BridgeConnection } from './connection.js';
import { afterResponsive } from './patience.js';
import { openIdentity, type PageIdentity } from './page-identity.js';
import { type BridgeAddress, type BridgeTransport, BrowserTransport, plainAddress, secureAddress } from './transport.js';

/** Those that wait for a person, or for a token that signs many. */
const longMethods: MethodName[] = [
  'pair.confirm',
  'sign.bid',
  'sign.openers',
  'unwrap.envelopes',
  'rehearse.envelopes',
  'login',
  'grant.open',
  'sign.messages',
  'sign.digests',
  'decrypt.envelopes',
];

/** Milliseconds: on this machine a port answers or refuses at once. */
const listenTimeout = 500;

/** Speaks with the bridge on this machine from the page. */
export class BridgeClient {
  private readonly ports: readonly number[];
  private readonly connectTimeout: number;
  private readonly requestTimeout: number;
  private readonly personTimeout: number;
  private readonly transport: BridgeTransport;
  private readonly acceptPreloaded: boolean;
  private identity: Promise<PageIdentity> | undefined;
  private readonly listeners = new Set<(status: BridgeStatus) => void>();
  private connection: BridgeConnection | undefined;
  private connecting: Promise<BridgeConnection> | undefined;
  private disposed = false;

  constructor(options: BridgeClientOptions = {}) {
    this.ports = options.ports ?? bridgePorts;
    this.connectTimeout = options.connectTimeout ?? 2500;
    this.requestTimeout = options.requestTimeout ?? 15_000;
    this.personTimeout = options.personTimeout ?? 180_000;
    this.transport = options.transport ?? new BrowserTransport();
    this.acceptPreloaded = options.acceptPreloaded ?? false;
    if (options.identity !== undefined) this.identity = Promise.resolve(options.identity);
  }

  /**
   * How things stand. Never makes the browser ask the user: before the permission is given it says
   * `permission_prompt` without touching the network.
   */
  async status(): Promise<BridgeStatus> {
    if (this.connection?.isOpen !== true && (await this.transport.permission()) === 'prompt') {
      return { state: 'permission_prompt' };
    }
    return this.connect();
  }

  /** Connects and says how things stand. Call it on the user's click: the browser may ask for permission. */
  async connect(): Promise<BridgeStatus> {
    let connection: BridgeConnection;
    try {
      connection = await this.connected();
    } catch (error) {
      return this.tell(await this.statusOfFailure(error));
    }
    if (!connection.paired) {
      return this.tell({ state: 'not_paired', bridgeVersion: connection.hello.daemon.version });
    }
    const bridgeVersion = connection.hello.daemon.version;
    try {
      const { tokens } = await connection.request('tokens.list', {}, { timeout: this.requestTimeout });
      return this.tell(statusOfTokens(bridgeVersion, tokens));
    } catch (error) {
      return this.tell(await this.statusOfFailure(error, bridgeVersion));
    }
  }

  /**
   * Looks at everything that can be known without a consent or a PIN. Like `status()` it never makes the
   * browser ask the user: call `connect()` on a click before.
   */
  async diagnose(): Promise<BridgeDiagnosis> {
    const permission = await this.transport.permission();
    const pairedBefore = (await (await this.openedIdentity()).pinned()) !== undefined;
    if (permission === 'prompt' && this.connection?.isOpen !== true) {
      return { permission, pairedBefore, ports: [], status: { state: 'permission_prompt' } };
    }
    const look = async (port: number) => ({ port, answer: await this.answerAt(port) });
    const ports = await Promise.all(this.ports.map(look));
    const status = await this.connect();
    const capabilities = this.connection?.hello.capabilities;
    if (capabilities === undefined) return { permission, pairedBefore, ports, status };
    const methods = Object.keys(methodFrameLimit) as MethodName[];
    const missingMethods = methods.filter((method) => !capabilities.includes(method));
    return { permission, pairedBefore, ports, status, missingMethods };
  }

  /**
   * Pairs this page with the bridge, on the user's click. `onCode` is given six digits to show; the bridge
   * shows them in a window of its own, and the user says there whether they are equal. Throws
   * `consent_refused`, `cancelled`, `timed_out`, `too_many_requests` and what connecting throws.
   */
  async pair(onCode: (code: string) => void, options: { signal?: AbortSignal } = {}): Promise<BridgeStatus> {
    const connection = await this.connected();
    await connection.pair({ ...options, onCode, timeout: this.personTimeout });
    return this.connect();
  }

  /** Forgets the bridge that the page was paired with: after it was installed anew. */
  async forget(): Promise<void> {
    await (await this.openedIdentity()).forget();
    this.connection?.close();
    this.connection = undefined;
  }

  /** Calls back at every change: tokens plugged in and pulled out, the bridge gone. Gives the way out. */
  onStatus(listener: (status: BridgeStatus) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Connects anew when the connection is gone; a request that was under way is never repeated. */
  async request<Method extends MethodName>(
    method: Method,
    params: Methods[Method]['params'],
    options: KeyOptions = {},
  ): Promise<Methods[Method]['result']> {
    const connection = await this.connected();
    return connection.request(method, params, {
      ...options,
      timeout: longMethods.includes(method) ? this.personTimeout : this.requestTimeout,
    });
  }

  dispose(): void {
    this.disposed = true;
    this.listeners.clear();
    this.connection?.close();
    this.connection = undefined;
  }

  private openedIdentity(): Promise<PageIdentity> {
    this.identity ??= openIdentity();
    return this.identity;
  }

  private connected(): Promise<BridgeConnection> {
    if (this.disposed) return Promise.reject(new BidSealError('usage', { message: 'the client was disposed of' }));
    if (this.connection?.isOpen === true) return Promise.resolve(this.connection);
    this.connecting ??= this.open().finally(() => {
      this.connecting = undefined;
    });
    return this.connecting;
  }

  private async open(): Promise<BridgeConnection> {
    const address = await this.findAddress();
    const connection = await BridgeConnection.open(address, {
      transport: this.transport,
      identity: await this.openedIdentity(),
      clientVersion: sdkVersion,
      timeout: this.connectTimeout,
      acceptPreloaded: this.acceptPreloaded,
    });
    connection.onEvent = (event) => this.receive(event);
    connection.onClose = () => {
      if (this.connection !== connection) return;
      this.connection = undefined;
      this.tell({ state: 'not_running' });
    };
    this.connection = connection;
    return connection;
  }

  /** The first place at which a bridge answers: by the first way in, or by the second where that one fails. */
  private async findAddress(): Promise<BridgeAddress> {
    const asking = new AbortController();
    // While the browser asks the user, a request hangs: that is no sign of an absent bridge.
    const asksUser = (await this.transport.permission()) === 'prompt';
    const callOff = afterResponsive(asksUser ? this.personTimeout : this.connectTimeout, () => asking.abort());
    const plain = this.probeAll(this.ports.map(plainAddress), asking.signal);
    const headStart = asksUser ? plain : Promise.race([plain, pause(this.connectTimeout / 3)]);
    const afterHeadStart = async (): Promise<BridgeAddress> => {
      const found = await headStart.catch(() => undefined);
      return found ?? this.probeAll(this.ports.map(secureAddress), asking.signal);
    };
    try {
      return await Promise.any([plain, afterHeadStart()]);
    } catch (error) {
      const failures = flatten(error);
      // A bridge that is there but of another version says more than ports at which nothing is.
      const outdated = failures.find((each) => each instanceof BidSealError && each.code === 'bridge_outdated');
      throw outdated ?? new BidSealError('bridge_not_running', { cause: error });
    } finally {
      callOff();
      asking.abort();
    }
  }

  private async answerAt(port: number): Promise<PortAnswer> {
    const asking = new AbortController();
    const callOff = afterResponsive(this.connectTimeout, () => asking.abort());
    try {
      await this.transport.probe(plainAddress(port), asking.signal);
      return 'bridge';
    } catch (error) {
      if (error instanceof BidSealError && error.code === 'bridge_outdated') return 'outdated';
      return (await this.transport.listens(plainAddress(port), asking.signal)) ? 'refused' : 'silent';
    } finally {
      callOff();
    }
  }

  /** Whether a program answers at one of the ports, be it one that does not let the page in. */
  private async anythingListens(): Promise<boolean> {
    const asking = new AbortController();
    const callOff = afterResponsive(listenTimeout, () => asking.abort());
    const answers = await Promise.all(
      this.ports.map((port) => this.transport.listens(plainAddress(port), asking.signal)),
    );
    callOff();
    return answers.includes(true);
  }

  private probeAll(addresses: BridgeAddress[], signal: AbortSignal): Promise<BridgeAddress> {
    return Promise.any(
      addresses.map(async (address) => {
        signal.throwIfAborted();
        await this.transport.probe(address, signal);
        return address;
      }),
    );
  }

  private receive(event: BridgeEvent): void {
    if (event.event === 'request.stage' || event.event === 'grant.ended') return;
    void this.connect();
  }

  /** A refused permission and a bridge that is not there look alike to a page: only a given one tells. */
  private async statusOfFailure(error: unknown, bridgeVersion?: string): Promise<BridgeStatus> {
    const code = codeOf(error);
    if (code === 'bridge_outdated') {
      const older = (error as BidSealError).subject;
      return { state: 'outdated', ...(older === 'page' || older === 'bridge' ? { older } : {}) };
    }
    if (code === 'method_unknown') return { state: 'outdated', older: 'bridge' };
    if (code === 'bridge_changed') return { state: 'changed' };
    if (code === 'not_paired') return { state: 'not_paired' };
    // Whoever answers with anything else is running, whatever it could not do.
    if (code !== 'bridge_not_running') {
      return { state: 'failed', problem: code, ...(bridgeVersion === undefined ? {} : { bridgeVersion }) };
    }
    const permission = await this.transport.permission();
    if (permission !== 'prompt' && (await this.anythingListens())) return { state: 'refused' };
    return {
      state: permission === 'granted' || permission === 'unneeded' ? 'not_running' : 'permission_denied_or_not_running',
    };
  }

  private tell(status: BridgeStatus): BridgeStatus {
    for (const listener of this.listeners) listener(status);
    return status;
  }
}

function codeOf(error: unknown): ErrorCode {
  return error instanceof BidSealError ? error.code : 'internal';
}

function pause(milliseconds: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), milliseconds));
}

/** The errors inside errors of `Promise.any`. */
function flatten(error: unknown): unknown[] {
  return error instanceof AggregateError ? error.errors.flatMap(flatten) : [error];
}

function statusOfTokens(bridgeVersion: string, tokens: TokenInfo[]): BridgeStatus {
  const token = tokens[0];
  if (token === undefined) return { state: 'no_token', bridgeVersion };
  // The best of several counts: a page lets the user choose among them.
  const best = tokens.find((each) => each.pin_state !== 'locked') ?? token;
  return {
    state: best.pin_state === 'locked' ? 'pin_blocked' : best.pin_state === 'low' || best.pin_state === 'last' ? 'pin_low' : 'ready',
    bridgeVersion,
    deviceName: best.label,
    ...(best.retries_left === undefined ? {} : { retriesLeft: best.retries_left }),
  };
}
