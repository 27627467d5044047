// Starts bidseal-cloud in a folder of its own; phones and pages to go with it.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const build = process.env.BIDSEAL_BUILD ?? join(here, '../../build');
export const programs = join(build, 'native/bin');
const pageCase = join(build, 'native/tests/page_case');

export const pin = '135790';

function freePort() {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

export const wait = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

/** A folder with a test CA and a platform. */
export function makeWorld() {
  const dir = mkdtempSync(join(tmpdir(), 'bidseal-cloud-'));
  const testca = (...words) => execFileSync(join(programs, 'bidseal-testca'), words, { stdio: ['ignore', 'ignore', 'inherit'] });
  testca('init', join(dir, 'ca'));
  testca('platform', join(dir, 'ca'), '--name', '示例平台', '--code', '91310000MA1PLATF0B', '--out', join(dir, 'platform'));
  return dir;
}

export const removeWorld = (dir) => rmSync(dir, { recursive: true, force: true });

/** A running service; start() again after stop() or kill() goes on with the same state. */
export class Service {
  constructor(world, options = {}) {
    this.world = world;
    this.state = options.state ?? mkdtempSync(join(world, 'state-'));
    this.more = options.more ?? [];
    this.roles = options.roles;
    this.tls = options.tls;
  }

  async start() {
    this.port ??= await freePort();
    const args = ['--state', this.state, '--port', String(this.port), '--trust', join(this.world, 'ca/root.crt'),
      '--trust', join(this.world, 'ca/issuing.crt'), '--platform', join(this.world, 'platform/sign.crt'), ...this.more];
    if (this.roles) for (const role of this.roles) args.push('--role', role);
    if (!this.roles || this.roles.includes('enrol')) args.push('--simulators', '--test-ca', join(this.world, 'ca'));
    this.process = spawn(join(programs, 'bidseal-cloud'), args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.log ??= '';
    this.process.stderr.on('data', (piece) => (this.log += piece));
    this.ended = new Promise((resolve) => this.process.once('close', (code, signal) => resolve({ code, signal })));
    await new Promise((resolve, reject) => {
      let out = '';
      this.process.stdout.on('data', (piece) => {
        out += piece;
        if (out.includes('\n')) resolve();
      });
      this.ended.then(() => reject(new Error(`the service ended: ${this.log}`)));
    });
    return this;
  }

  get url() {
    return `${this.tls ? 'https' : 'http'}://127.0.0.1:${this.port}`;
  }

  get smsFile() {
    return join(this.state, 'simulated-sms.txt');
  }

  async stop(signal = 'SIGTERM') {
    this.process.kill(signal);
    return this.ended;
  }

  async restart(signal) {
    await this.stop(signal);
    return this.start();
  }

  async fetch(path, options = {}) {
    const response = await fetch(this.url + path, options);
    const body = Buffer.from(await response.arrayBuffer());
    return { status: response.status, type: response.headers.get('content-type'), headers: response.headers, body, text: body.toString() };
  }

  postJson(path, value) {
    return this.fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: typeof value === 'string' ? value : JSON.stringify(value) });
  }

  postBytes(path, body) {
    return this.fetch(path, { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body });
  }

  /** Runs bidseal-cloud once on the same state: audit, administration. */
  command(...words) {
    return execFileSync(join(programs, 'bidseal-cloud'), ['--state', this.state, ...words], { encoding: 'utf8' });
  }
}

/** Runs bidseal-phone; its lines, exit code and errors. */
export function phone(folder, command, ...words) {
  return new Promise((resolve) => {
    execFile(join(programs, 'bidseal-phone'), [command, folder, ...words], { encoding: 'utf8' }, (error, stdout, stderr) =>
      resolve({ code: error ? error.code : 0, lines: stdout.split('\n').filter(Boolean), stderr }));
  });
}

let phones = 0;
/** An enrolled phone in a folder of its own. */
export async function enrolled(service, { company, number, cosign, hub } = {}) {
  phones += 1;
  const folder = mkdtempSync(join(service.world, 'phone-'));
  const words = ['--service', service.url, '--number', number ?? `+861380000${String(1000 + phones)}`, '--name', '王工',
    '--pin', pin, '--sms-file', service.smsFile];
  if (company) words.push('--company', company, '--credit-code', '91310000MA1FL0XX0A');
  if (cosign) words.push('--cosign', cosign.url, '--hub', hub.url);
  const done = await phone(folder, 'enrol', ...words);
  if (done.code !== 0) throw new Error(`enrol: ${done.stderr}\n${service.log}`);
  return folder;
}

/** A copy of a phone's storage, as a thief would have it. */
export function copyPhone(folder) {
  const copy = `${folder}-copy`;
  cpSync(folder, copy, { recursive: true });
  return copy;
}

/** The page's side of a session: page_case with a real WebSocket. */
export class Page {
  static async open(service, operation = 'sign_documents', items = 2) {
    const page = new Page(service);
    page.child = spawn(pageCase, [join(service.world, 'platform'), operation, String(items)], { stdio: ['pipe', 'pipe', 'inherit'] });
    let rest = '';
    page.child.stdout.on('data', (piece) => {
      rest += piece;
      const lines = rest.split('\n');
      rest = lines.pop();
      for (const line of lines) page.take(line);
    });
    // It may end while a message for it is under way.
    page.child.stdin.on('error', () => {});
    page.draft = (await page.seen('open')).slice(5);
    return page;
  }

  constructor(service) {
    this.service = service;
    this.lines = [];
    this.waiters = new Set();
    this.unsent = [];
  }

  take(line) {
    if (line.startsWith('send ')) {
      const message = Buffer.from(line.slice(5), 'hex');
      // What cannot be sent is lost: the machine sends it again.
      if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(message);
      return;
    }
    this.lines.push(line);
    this.wake();
  }

  wake() {
    for (const waiter of [...this.waiters]) waiter();
  }

  /** The newest line that begins with this word, once there is one. */
  seen(word, timeout = 30000) {
    return new Promise((resolve, reject) => {
      const look = () => {
        const line = this.lines.findLast((each) => each === word || each.startsWith(`${word} `));
        if (line === undefined) return;
        clearTimeout(timer);
        this.waiters.delete(look);
        resolve(line);
      };
      const timer = setTimeout(() => {
        this.waiters.delete(look);
        reject(new Error(`no "${word}" in ${JSON.stringify(this.lines)}; ${this.service.log}`));
      }, timeout);
      this.waiters.add(look);
      look();
    });
  }

  connect() {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(`${this.service.url.replace('http', 'ws')}/v1/hub/socket`, 'bidseal-hub.v1');
      socket.binaryType = 'arraybuffer';
      socket.onopen = () => resolve();
      socket.onerror = () => reject(new Error('no WebSocket'));
      socket.onmessage = ({ data }) => this.write(`recv ${Buffer.from(data).toString('hex')}`);
      this.socket = socket;
    });
  }

  write(line) {
    if (!this.child.killed && this.child.exitCode === null) this.child.stdin.write(`${line}\n`);
  }

  /** Draft to the hub, page attached, first code there. */
  async start() {
    const opened = await this.service.postJson('/v1/hub/sessions', this.draft);
    if (opened.status !== 200) throw new Error(`draft: ${opened.text}`);
    await this.connect();
    this.write('go');
    return this.code();
  }

  async code() {
    return (await this.seen('code')).slice(5);
  }

  /** A code that comes from now on. */
  async nextCode() {
    this.lines = this.lines.filter((line) => !line.startsWith('code '));
    return this.code();
  }

  async reconnect() {
    this.socket?.close();
    await this.connect();
    this.write('reconnect');
  }

  async answered() {
    return (await this.seen('answered')).split(' ').slice(1).map((hex) => Buffer.from(hex, 'hex'));
  }

  close() {
    this.write('close');
    setTimeout(() => {
      this.socket?.close();
      this.child.kill();
    }, 300);
  }
}

/** Whether OpenSSL takes the signature over the bytes for one of the certificate's key. */
export function opensslVerifies(dir, certificate, bytes, signature) {
  const file = (name, content) => {
    writeFileSync(join(dir, name), content);
    return join(dir, name);
  };
  const key = execFileSync('openssl', ['x509', '-in', certificate, '-noout', '-pubkey']);
  try {
    const said = execFileSync('openssl', ['dgst', '-sm3', '-verify', file('key.pem', key), '-sigopt', 'distid:1234567812345678',
      '-signature', file('signature', signature), file('bytes', bytes)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return said.includes('Verified OK');
  } catch {
    return false;
  }
}
