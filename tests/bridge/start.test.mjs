// bidseal-bridge start, as links and desktops without systemd call it; and being ready, as systemd hears it.
import { test, beforeEach, afterEach } from 'node:test';
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { programs, scratchFolder } from './daemon.mjs';

const program = join(programs, 'bidseal-bridge');
let home;
beforeEach(() => {
  home = scratchFolder('bidseal-start-');
});
afterEach(async () => {
  const { pid } = status();
  if (pid) process.kill(pid);
  for (const end = Date.now() + 5000; status().running && Date.now() < end; ) await new Promise((r) => setTimeout(r, 50));
  rmSync(home, { recursive: true, force: true });
});

const environment = () => {
  const { XDG_RUNTIME_DIR, XDG_CONFIG_HOME, XDG_STATE_HOME, NOTIFY_SOCKET, ...rest } = process.env;
  return { ...rest, HOME: home };
};
const bridge = (...words) => spawnSync(program, words, { encoding: 'utf8', timeout: 20000, env: environment() });
const status = () => JSON.parse(bridge('status', '--json').stdout);

test('start: it runs when the command returns; again: it is left alone', () => {
  assert.equal(status().running, false);
  const first = bridge('start');
  assert.equal(first.status, 0, first.stderr);
  const { running, pid } = status();
  assert.equal(running, true);
  for (const link of ['bidseal:', 'bidseal:start', 'bidseal://start', 'bidseal://start/']) assert.equal(bridge('start', link).status, 0, link);
  assert.equal(status().pid, pid);
});

test('a link that says more than start is refused, and starts nothing', () => {
  for (const link of ['bidseal:start?x', 'bidseal:stop', 'bidseal:--development', '--allow-origin=https://evil.example', 'bidseal:start ', 'BIDSEAL:start',
    'bidseal://start/../x', 'https://evil.example', '']) {
    const { status: code, stderr } = bridge('start', link);
    assert.equal(code, 2, `${link}: ${stderr}`);
  }
  assert.equal(bridge('start', 'bidseal:start', '--development').status, 2);
  assert.equal(status().running, false);
});

test('a bridge that cannot start is told', () => {
  mkdirSync(join(home, '.config/bidseal'), { recursive: true });
  writeFileSync(join(home, '.config/bidseal/bridge.json'), '{"origins": ["http://evil.example"]}');
  const { status: code, stderr } = bridge('start');
  assert.equal(code, 1);
  assert.match(stderr, /it did not start; bidseal-bridge doctor tells more/);
});

test('the service manager hears that it is ready, and that it stops', async () => {
  const socket = join(home, 'notify');
  const listener = spawn('python3', ['-c', `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("listening", flush=True)
while True:
    print(s.recv(4096).decode(), flush=True)
`, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  let heard = '';
  listener.stdout.on('data', (piece) => (heard += piece));
  const hears = async (text) => {
    for (const end = Date.now() + 10000; !heard.includes(text); await new Promise((r) => setTimeout(r, 20))) {
      if (Date.now() > end) throw new Error(`heard ${JSON.stringify(heard)}`);
    }
  };
  await hears('listening');
  const daemon = spawn(program, [], { env: { ...environment(), NOTIFY_SOCKET: socket }, stdio: 'ignore' });
  await hears('READY=1');
  assert.equal(status().running, true, 'ready means that it runs');
  daemon.kill();
  await hears('STOPPING=1');
  listener.kill();
});
