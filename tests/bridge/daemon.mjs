// Starts a bridge with a software UKey and a scripted pinentry, in a folder of its own.
import { spawn, execFileSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, readFileSync, writeFileSync, copyFileSync, existsSync, readdirSync, rmSync, renameSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { after } from 'node:test';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// What a test that fails leaves behind is ended and removed when its file ends.
const running = new Set();
const folders = new Set();

/** A folder of its own below the system's folder for such; it is removed when the file ends. */
export function scratchFolder(prefix) {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  folders.add(folder);
  return folder;
}

export function removeFolder(folder) {
  rmSync(folder, { recursive: true, force: true });
  folders.delete(folder);
}

// The benchmark uses this file as well, outside of the test runner.
if (process.env.NODE_TEST_CONTEXT) after(() => Promise.all([...running].map((daemon) => daemon.stop())));
process.once('exit', () => {
  for (const daemon of running) daemon.process.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));

const here = dirname(fileURLToPath(import.meta.url));
const build = process.env.BIDSEAL_BUILD ?? join(here, '../../build');
export const programs = join(build, 'native/bin');
/** The bridge may be one that was built in another way. */
const bridge = process.env.BIDSEAL_TEST_BRIDGE ?? join(programs, 'bidseal-bridge');
export const library = join(build, 'native/lib/libbidseal_softukey.so');
const bridgeCase = join(build, 'native/tests/bridge_case');

export const pin = '135790';
export const origin = 'https://tender.example';

export function freePort() {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** A folder with a test CA, a UKey and a platform. Made once and copied, for it takes a while. */
export function makeWorld(userPin = pin) {
  const dir = scratchFolder('bidseal-bridge-');
  const ukeys = join(dir, 'ukeys');
  mkdirSync(ukeys);
  const ca = join(dir, 'ca');
  const run = (...words) =>
    execFileSync(join(programs, 'bidseal-testca'), words, {
      env: { ...process.env, BIDSEAL_SOFTUKEY_DIR: ukeys },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  run('init', ca, '--not-before', '2026-01-01T00:00:00Z');
  run('ukey', ca, '--name', '东海建设有限公司', '--code', '91310000MA1FL0XX0A', '--device', 'donghai',
    '--pin', userPin, '--admin-pin', '24680135', '--library', library, '--kdf-iterations', '1000',
    '--not-before', '2026-01-01T00:00:00Z', '--not-after', '2036-01-01T00:00:00Z');
  run('platform', ca, '--name', '示例平台', '--code', '91310000MA1PLATF0B', '--out', join(dir, 'platform'),
    '--not-before', '2026-01-01T00:00:00Z', '--not-after', '2036-01-01T00:00:00Z');
  for (const name of ['root.crt', 'issuing.crt']) copyFileSync(join(ca, name), join(dir, name));
  const made = join(ca, 'ukeys/donghai');
  copyFileSync(join(made, 'sign.crt'), join(dir, 'sign.crt'));
  copyFileSync(join(made, 'enc.crt'), join(dir, 'enc.crt'));
  return dir;
}

export function removeWorld(dir) {
  removeFolder(dir);
}

/** What bridge_case wrote, as an object. */
export function caseStep(dir, step, ...words) {
  execFileSync(bridgeCase, [step, dir, ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
  const file = { make: 'sign.json', finish: 'unwrap.json' }[step];
  return file ? JSON.parse(readFileSync(join(dir, file), 'utf8')) : undefined;
}

/** The worker processes of a daemon. */
export function workersOf(daemon) {
  const found = [];
  for (const name of readdirSync('/proc').filter((n) => /^\d+$/.test(n))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (stat.includes('(bidseal-token-w') && state !== 'Z' && Number(parent) === daemon.process.pid) found.push(Number(name));
    } catch {
      // It ended meanwhile.
    }
  }
  return found;
}

export class Daemon {
  /** Resolves when the bridge listens. */
  static async start(world, options = [], { env = {}, port: wanted, state } = {}) {
    const port = wanted ?? (await freePort());
    const daemon = new Daemon(world, port);
    daemon.state = state ?? join(daemon.scratch, 'state');
    const args = ['--port', String(port), '--preload-origin', origin, '--state-dir', daemon.state, '--pinentry', join(here, 'pinentry-scripted'),
      '--language', 'en', ...(world ? ['--token-library', library] : []), ...options];
    daemon.process = spawn(bridge, args, {
      env: { ...process.env, BIDSEAL_SOFTUKEY_DIR: world ? join(world, 'ukeys') : '/nonexistent', HOME: '/nonexistent',
        XDG_CONFIG_HOME: '/nonexistent', BIDSEAL_PINENTRY_ANSWERS: daemon.answersFile,
        BIDSEAL_PINENTRY_LOG: daemon.windowsFile, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(daemon);
    daemon.log = '';
    daemon.process.stderr.on('data', (d) => (daemon.log += d));
    daemon.ended = new Promise((resolve) => daemon.process.once('exit', (code, signal) => resolve({ code, signal })));
    await new Promise((resolve, reject) => {
      let out = '';
      daemon.process.stdout.on('data', (d) => {
        out += d;
        if (out.includes('\n')) resolve();
      });
      daemon.ended.then(() => {
        running.delete(daemon);
        removeFolder(daemon.scratch);
        reject(new Error(`the bridge ended: ${daemon.log}`));
      });
    });
    return daemon;
  }

  constructor(world, port) {
    this.world = world;
    this.port = port;
    this.scratch = scratchFolder('bidseal-pinentry-');
    this.answersFile = join(this.scratch, 'answers');
    this.windowsFile = join(this.scratch, 'windows');
  }

  /** What the person will do, a line each; see pinentry-scripted. */
  script(...lines) {
    writeFileSync(this.answersFile, lines.map((l) => `${l}\n`).join(''));
  }

  /** What the windows said so far. */
  windows() {
    if (!existsSync(this.windowsFile)) return [];
    return readFileSync(this.windowsFile, 'utf8').trim().split('\n').map((l) => JSON.parse(l));
  }

  /** Waits until so many windows have been shown. */
  async shown(count, timeout = 10000) {
    const until = Date.now() + timeout;
    while (this.windows().length < count) {
      if (Date.now() > until) throw new Error(`only ${this.windows().length} windows`);
      await new Promise((r) => setTimeout(r, 30));
    }
  }

  pullOut() {
    renameSync(this.ukeyPath(), join(this.world, 'pulled-out'));
  }

  plugIn() {
    renameSync(join(this.world, 'pulled-out'), this.ukeyPath());
  }

  ukeyPath() {
    return join(this.world, 'ukeys', this.ukeyFile ?? 'donghai.ukey');
  }

  async stop(signal = 'SIGTERM') {
    running.delete(this);
    this.process.kill(signal);
    const last = setTimeout(() => this.process.kill('SIGKILL'), 10000);
    const end = await this.ended;
    clearTimeout(last);
    removeFolder(this.scratch);
    return end;
  }
}
