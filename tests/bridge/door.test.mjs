// Who gets in: every row of the Host, Origin, protocol and peer matrix, on a real socket.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Daemon } from './daemon.mjs';
import { Connection, frame, openSocket, rawRequest, upgradeLines } from './ws-client.mjs';

let daemon;
let port;
before(async () => {
  daemon = await Daemon.start(undefined, ['--development', '--allow-origin', 'http://localhost:5173', '--allow-origin', 'https://third.example', '--message-timeout', '2']);
  port = daemon.port;
});
after(() => daemon.stop());

const upgrade = async (changes, options) => (await rawRequest(port, upgradeLines(port, changes), options)).status;

const rows = [
  ['the right headers', {}, 101],
  ['Host localhost', () => ({ Host: `localhost:${port}` }), 101],
  ['a development origin', { Origin: 'http://localhost:5173' }, 101],
  ['Host without port', { Host: '127.0.0.1' }, 403],
  ['Host with another port', { Host: '127.0.0.1:1' }, 403],
  ['Host of a rebound name', () => ({ Host: `tender.example:${port}` }), 403],
  ['Host ending in localhost', () => ({ Host: `evil.localhost:${port}` }), 403],
  ['Host in another spelling', () => ({ Host: `127.1:${port}` }), 403],
  ['Host in upper case', () => ({ Host: `LOCALHOST:${port}` }), 403],
  ['Host ::1', () => ({ Host: `[::1]:${port}` }), 403],
  ['two Hosts', () => ({ Host: [`127.0.0.1:${port}`, `127.0.0.1:${port}`] }), 403],
  ['very long Host', { Host: 'a'.repeat(600) }, 403],
  ['no Origin', { Origin: null }, 403],
  ['empty Origin', { Origin: '' }, 403],
  ['Origin null', { Origin: 'null' }, 403],
  ['another Origin', { Origin: 'https://evil.example' }, 403],
  ['Origin with http', { Origin: 'http://tender.example' }, 403],
  ['Origin with a port', { Origin: 'https://tender.example:8443' }, 403],
  ['Origin as prefix', { Origin: 'https://tender.example.evil.example' }, 403],
  ['Origin with a path', { Origin: 'https://tender.example/' }, 403],
  ['Origin in upper case', { Origin: 'https://TENDER.example' }, 403],
  ['development Origin with another port', { Origin: 'http://localhost:5174' }, 403],
  ['file Origin', { Origin: 'file://' }, 403],
  ['two Origins', { Origin: ['https://tender.example', 'https://tender.example'] }, 403],
  ['two Origins in one', { Origin: 'https://tender.example, https://tender.example' }, 403],
  ['very long Origin', { Origin: `https://${'a'.repeat(600)}` }, 403],
  ['no protocol', { 'Sec-WebSocket-Protocol': null }, 403],
  ['another protocol', { 'Sec-WebSocket-Protocol': 'bidseal.v2' }, 403],
  ['the protocol among others', { 'Sec-WebSocket-Protocol': 'bidseal.v1, bidseal.v2' }, 403],
  ['the protocol twice', { 'Sec-WebSocket-Protocol': ['bidseal.v1', 'bidseal.v1'] }, 403],
  ['the protocol in upper case', { 'Sec-WebSocket-Protocol': 'BIDSEAL.V1' }, 403],
];
for (const [name, changes, expected] of rows) {
  test(`upgrade with ${name}: ${expected}`, async () => {
    assert.equal(await upgrade(typeof changes === 'function' ? changes() : changes), expected);
  });
}

test('no Host at all is refused', async () => {
  const status = await upgrade({ Host: null });
  assert.ok(status >= 400 || status === 0, `status ${status}`);
});

test('::1 answers with the same rules', async (t) => {
  if (!networkInterfaces().lo?.some((a) => a.family === 'IPv6')) return t.skip('no IPv6 here');
  assert.equal(await upgrade({ Host: `localhost:${port}` }, { host: '::1' }), 101);
  assert.equal(await upgrade({ Origin: 'https://evil.example' }, { host: '::1' }), 403);
});

test('another user of this machine is refused', (t) => {
  if (process.getuid() !== 0) return t.skip('needs root to be another user');
  const client = fileURLToPath(new URL('./as-other-user.py', import.meta.url));
  const status = execFileSync('setpriv', ['--reuid=65534', '--clear-groups', '/usr/bin/python3', '-', String(port)], {
    input: readFileSync(client),
  });
  assert.equal(status.toString().trim(), '403');
});

test('only loopback addresses listen', () => {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const listening = ['tcp', 'tcp6']
    .flatMap((table) => readFileSync(`/proc/net/${table}`, 'utf8').split('\n'))
    .map((line) => line.trim().split(/\s+/))
    .filter((words) => words[3] === '0A' && words[1]?.endsWith(`:${hex}`))
    .map((words) => words[1].split(':')[0]);
  assert.ok(listening.includes('0100007F'));
  for (const address of listening) assert.ok(['0100007F', '00000000000000000000000001000000'].includes(address), address);
});

const get = (path, headers, method = 'GET') =>
  rawRequest(port, [`${method} ${path} HTTP/1.1`, ...Object.entries(headers).map(([n, v]) => `${n}: ${v}`)]);

test('the health page answers allowed pages, and them alone', async () => {
  const good = { Host: `127.0.0.1:${port}`, Origin: 'https://tender.example' };
  const answer = await get('/health', good);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['access-control-allow-origin'], 'https://tender.example');
  assert.equal(answer.headers.vary, 'Origin');
  assert.equal(answer.body, '{"bridge":"bidseal.v1"}');
  for (const bad of [{ Origin: 'https://evil.example' }, { Origin: 'null' }, { Host: `evil.example:${port}` }]) {
    const refused = await get('/health', { ...good, ...bad });
    assert.equal(refused.status, 403);
    assert.equal(refused.headers['access-control-allow-origin'], undefined);
  }
  assert.equal((await get('/health', { Host: good.Host })).status, 403);
});

test('the preflight of the health page allows private network access to allowed pages', async () => {
  const headers = { Host: `localhost:${port}`, Origin: 'https://tender.example', 'Access-Control-Request-Private-Network': 'true' };
  const answer = await get('/health', headers, 'OPTIONS');
  assert.equal(answer.status, 204);
  assert.equal(answer.headers['access-control-allow-private-network'], 'true');
  assert.equal(answer.headers['access-control-allow-methods'], 'GET');
  assert.equal((await get('/health', { ...headers, Origin: 'https://evil.example' }, 'OPTIONS')).status, 403);
});

test('there is no other page', async () => {
  const headers = { Host: `127.0.0.1:${port}`, Origin: 'https://tender.example' };
  for (const path of ['/', '/health/', '/Health', '/healthy', '/etc/passwd']) {
    const { status } = await get(path, headers);
    assert.ok(status === 404 || status === 403, `${path} gave ${status}`);
  }
});

test('hello, then lists; without tokens they are empty', async () => {
  const page = await Connection.open(port);
  const { result } = await page.hello();
  assert.equal(result.version, 1);
  assert.equal(Buffer.from(result.nonce, 'base64').length, 32);
  assert.ok(result.capabilities.includes('sign.bid'));
  await page.pair();
  assert.deepEqual((await page.ask('tokens.list')).result, { tokens: [] });
  assert.deepEqual((await page.ask('certificates.list')).result, { keys: [] });
  assert.equal((await page.ask('sign.everything')).error.code, 'method_unknown');
  assert.equal((await page.ask('tokens.list', { pin: '123456' })).error.code, 'message_invalid');
  page.close();
});

test('a request before hello, a replayed id and broken JSON end the connection', async () => {
  for (const frames of [
    [{ method: 'tokens.list', id: 1, params: {} }],
    [{ method: 'hello', id: 1, params: { versions: [1], client: { name: 't', version: '1' }, nonce: 'A'.repeat(43) + '=' } },
      { method: 'tokens.list', id: 1, params: {} }],
    ['{"method":"hello"'],
    ['['.repeat(3000)],
  ]) {
    const page = await Connection.open(port);
    for (const one of frames) page.send(one);
    assert.equal(await page.ended(), 1008);
  }
});

test('binary frames and frames that are too large end the connection', async () => {
  const binary = await Connection.open(port);
  binary.write(frame('{}', { opcode: 2 }));
  assert.equal(await binary.ended(), 1003);

  const large = await Connection.open(port);
  await large.hello();
  large.write(frame(`{"id":2,"method":"tokens.list","params":{"x":"${'x'.repeat(70000)}"}}`));
  assert.equal(await large.ended(), 1009);

  const huge = await Connection.open(port);
  await huge.hello();
  huge.write(frame(`{"id":2,"method":"sign.bid","params":{"x":"${'x'.repeat(200)}`, { announced: 2 ** 30 }));
  assert.equal(await huge.ended(), 1009);

  const named = await Connection.open(port);
  await named.hello();
  named.write(frame(`{"method":"sign.bid","id":2,"params":{"x":"${'x'.repeat(200)}`, { announced: 9 * 2 ** 20 }));
  assert.equal(await named.ended(), 1009);
});

test('a large frame that says what it is arrives, in pieces too', async () => {
  const page = await Connection.open(port);
  await page.hello();
  await page.pair();
  const text = `{"method":"sign.bid","id":9,"params":{"key":"${'x'.repeat(100000)}"}}`;
  page.write(frame(text.slice(0, 50), { final: false }));
  page.write(frame(text.slice(50, 70000), { opcode: 0, final: false }));
  page.write(frame(text.slice(70000), { opcode: 0 }));
  assert.equal((await page.answer(9)).error.code, 'message_invalid');
  page.close();
});

test('half a message is dropped after its time', async () => {
  const page = await Connection.open(port);
  await page.hello();
  const began = Date.now();
  page.write(frame('{"method":"tokens.list","id":2,', { final: false }));
  await page.ended(8000);
  const took = Date.now() - began;
  assert.ok(took > 1500 && took < 6000, `${took} ms`);
});

test('a message that trickles in is dropped after its time as well', async () => {
  const page = await Connection.open(port);
  await page.hello();
  const timer = setInterval(() => page.write(frame(' ', { opcode: 0, final: false })), 200);
  page.write(frame('{', { final: false }));
  await page.ended(8000).finally(() => clearInterval(timer));
});

test('a socket that sends nothing, and half a request, are dropped', async () => {
  const silent = await openSocket(port);
  const half = await openSocket(port);
  half.write('GET / HTTP/1.1\r\nHost: ');
  const end = (s) => new Promise((resolve) => s.once('close', () => resolve(true)));
  silent.resume();
  half.resume();
  const both = await Promise.race([Promise.all([end(silent), end(half)]), new Promise((r) => setTimeout(r, 25000, false))]);
  assert.ok(both, 'still open after 25 s');
});

test('a connection that says no hello is dropped', async () => {
  const page = await Connection.open(port);
  const began = Date.now();
  await page.ended(20000);
  assert.ok(Date.now() - began > 8000);
});

test('connections are capped, and there is room again when they end', async () => {
  const pages = [];
  const origins = ['https://tender.example', 'http://localhost:5173', 'https://third.example'];
  const refused = new Set();
  for (let i = 0; i < 60; ++i) {
    const origin = origins[i % origins.length];
    try {
      const page = await Connection.open(port, { origin });
      await page.hello();
      pages.push(page);
    } catch {
      refused.add(origin);
    }
  }
  assert.equal(refused.size, origins.length);
  assert.ok(pages.length >= 24 && pages.length <= 32, `${pages.length} connections`);
  for (const page of pages) page.close();
  await new Promise((r) => setTimeout(r, 500));
  const again = await Connection.open(port);
  assert.equal((await again.hello()).result.version, 1);
  again.close();
});

test('SIGTERM ends the bridge at once and in order', async () => {
  const other = await Daemon.start();
  const page = await Connection.open(other.port);
  await page.hello();
  const began = Date.now();
  const { code } = await other.stop();
  assert.equal(code, 0);
  assert.ok(Date.now() - began < 3000);
  await page.ended();
  assert.match(other.log, /event=stopped/);
});
