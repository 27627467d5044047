// The machine's own Firefox without a window, driven by WebDriver BiDi (https://w3c.github.io/webdriver-bidi/)
// over Node's own WebSocket. Its window's scripts can be reached too, so that a test answers the browser's
// questions where the user would: in the panel that asks.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface FirefoxOptions {
  /** Settings of about:config beyond those that keep it quiet. */
  settings?: Record<string, string | number | boolean>;
  /** Its HOME; its profile is `.mozilla/firefox/test` there, where a test may have put certificates. */
  home?: string;
  acceptInsecureCerts?: boolean;
}

const quiet: Record<string, string | number | boolean> = {
  'app.normandy.enabled': false,
  'app.update.disabledForTesting': true,
  'browser.aboutConfig.showWarning': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage': 'about:blank',
  'browser.startup.page': 0,
  'datareporting.policy.dataSubmissionEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'toolkit.telemetry.server': '',
  // What stops a hidden panel from being answered at once is tested by Firefox itself.
  'security.notification_enable_delay': 0,
};

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Where Firefox keeps the profile that start() uses, below a HOME. */
export function profileOf(home: string): string {
  return join(home, '.mozilla/firefox/test');
}

export class Firefox {
  private readonly process: ChildProcess;
  private readonly home: string;
  private readonly ownHome: boolean;
  private socket!: WebSocket;
  private lastId = 0;
  private readonly waiting = new Map<number, Waiting>();

  private constructor(process_: ChildProcess, home: string, ownHome: boolean) {
    this.process = process_;
    this.home = home;
    this.ownHome = ownHome;
  }

  static async start(options: FirefoxOptions = {}): Promise<Firefox> {
    const home = options.home ?? mkdtempSync(join(tmpdir(), 'bidseal-firefox-'));
    const profile = profileOf(home);
    mkdirSync(profile, { recursive: true });
    const settings = Object.entries({ ...quiet, ...options.settings });
    writeFileSync(
      join(profile, 'user.js'),
      settings.map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`).join(''),
    );
    const program = process.env['FIREFOX'] ?? '/usr/bin/firefox-esr';
    const child = spawn(
      program,
      ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0', '--remote-allow-system-access'],
      { env: { ...process.env, HOME: home, MOZ_CRASHREPORTER_DISABLE: '1' }, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const firefox = new Firefox(child, home, options.home === undefined);
    try {
      await firefox.connect(options.acceptInsecureCerts ?? false);
    } catch (error) {
      await firefox.close();
      throw error;
    }
    return firefox;
  }

  private async connect(acceptInsecureCerts: boolean): Promise<void> {
    const address = await new Promise<string>((resolve, reject) => {
      let said = '';
      const timer = setTimeout(() => reject(new Error(`Firefox does not listen: ${said}`)), 120_000);
      this.process.stderr?.on('data', (piece: Buffer) => {
        said += piece.toString();
        const found = /WebDriver BiDi listening on (ws:\/\/\S+)/.exec(said)?.[1];
        if (found === undefined) return;
        clearTimeout(timer);
        resolve(found);
      });
      this.process.once('exit', (code) => reject(new Error(`Firefox ended (${code}): ${said}`)));
    });
    this.socket = new WebSocket(`${address}/session`);
    await new Promise<void>((resolve, reject) => {
      this.socket.onopen = () => resolve();
      this.socket.onerror = () => reject(new Error('no BiDi connection'));
    });
    this.socket.onmessage = ({ data }: MessageEvent<string>) => this.receive(data);
    await this.send('session.new', { capabilities: { alwaysMatch: { acceptInsecureCerts } } });
  }

  private receive(data: string): void {
    const message = JSON.parse(data) as { id?: number; type: string; result?: unknown; error?: string; message?: string };
    const waiting = message.id === undefined ? undefined : this.waiting.get(message.id);
    if (waiting === undefined || message.id === undefined) return;
    this.waiting.delete(message.id);
    if (message.type === 'success') waiting.resolve(message.result);
    else waiting.reject(new Error(`${message.error}: ${message.message}`));
  }

  private send(method: string, params: object): Promise<unknown> {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.socket.send(JSON.stringify({ id, method, params }));
    });
  }

  /** A new tab that stands on `url`. */
  async open(url: string): Promise<FirefoxPage> {
    const { context } = (await this.send('browsingContext.create', { type: 'tab' })) as { context: string };
    await this.send('browsingContext.navigate', { context, url, wait: 'complete' });
    return new FirefoxPage(this, context);
  }

  /** Runs a script in a tab or a window; its value must be plain data. */
  async evaluate(context: string, script: string): Promise<unknown> {
    const answer = (await this.send('script.evaluate', {
      expression: `(async () => JSON.stringify(await (async () => { ${script} })()))()`,
      target: { context },
      awaitPromise: true,
    })) as { type: string; result?: { value?: string }; exceptionDetails?: { text: string } };
    if (answer.type !== 'success') throw new Error(`script: ${answer.exceptionDetails?.text}`);
    return answer.result?.value === undefined ? undefined : JSON.parse(answer.result.value);
  }

  /** Runs a script in the browser's own window, which has `gBrowser` and `PopupNotifications`. */
  async inWindow(script: string): Promise<unknown> {
    const { contexts } = (await this.send('browsingContext.getTree', { 'moz:scope': 'chrome', maxDepth: 0 })) as {
      contexts: { context: string; url: string }[];
    };
    const window = contexts.find(({ url }) => url.endsWith('/browser.xhtml'));
    if (window === undefined) throw new Error('no window');
    return this.evaluate(window.context, script);
  }

  /** @internal */
  closeTab(context: string): Promise<unknown> {
    return this.send('browsingContext.close', { context });
  }

  async close(): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      if (this.process.exitCode !== null || this.process.signalCode !== null) resolve();
      this.process.once('exit', () => resolve());
    });
    this.socket?.close();
    this.process.kill('SIGKILL');
    await ended;
    if (this.ownHome) rmSync(this.home, { recursive: true, force: true, maxRetries: 5 });
  }
}

export class FirefoxPage {
  private readonly firefox: Firefox;
  private readonly context: string;

  constructor(firefox: Firefox, context: string) {
    this.firefox = firefox;
    this.context = context;
  }

  /** The body of an async function; its value must be plain data. */
  evaluate(script: string): Promise<unknown> {
    return this.firefox.evaluate(this.context, script);
  }

  async close(): Promise<void> {
    await this.firefox.closeTab(this.context);
  }
}
