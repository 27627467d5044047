// What a hostile client tries with sockets and frames, and a name that is rebound to this machine.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Daemon } from './daemon.mjs';
import { Connection, frame, openSocket, rawRequest, upgradeLines } from './ws-client.mjs';

let daemon;
let port;
before(async () => {
  daemon = await Daemon.start(undefined, ['--allow-origin', 'https://asked.example', '--message-timeout', '2']);
  port = daemon.port;
});
after(() => daemon.stop());

async function letIn() {
  const page = await Connection.open(port);
  await page.hello();
  await page.pair();
  return page;
}

const residentKilobytes = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${daemon.process.pid}/status`, 'utf8'))[1]);

async function stillServes() {
  const page = await letIn();
  assert.deepEqual((await page.ask('tokens.list')).result, { tokens: [] });
  page.close();
}

test('a page that was not let in may send no large frame, whatever it is called', async () => {
  const page = await Connection.open(port, { origin: 'https://asked.example' });
  await page.hello();
  page.write(frame(`{"method":"sign.bid","id":2,"params":{"x":"${'x'.repeat(200)}`, { announced: 70000 }));
  assert.equal(await page.ended(), 1009);
});

test('a frame of 1 GiB ends the connection before it is collected', async () => {
  const before = residentKilobytes();
  const page = await letIn();
  page.write(frame(`{"method":"sign.bid","id":9,"params":{"x":"${'x'.repeat(200)}`, { announced: 2 ** 30 }));
  assert.equal(await page.ended(), 1009);
  const pieces = await letIn();
  pieces.write(frame('{"method":"tokens.list","id":9,"params":{"x":"', { final: false }));
  for (let i = 0; i < 64 && !pieces.gone; ++i) pieces.write(frame('x'.repeat(65536), { opcode: 0, final: false }));
  assert.equal(await pieces.ended(), 1009);
  assert.ok(residentKilobytes() - before < 4096, `${residentKilobytes() - before} KiB more`);
  await stillServes();
});

test('half a frame, and a frame header alone, are dropped after their time', async () => {
  const dropped = async (bytes) => {
    const page = await letIn();
    page.write(bytes);
    // A header alone is no message yet: the ping that goes unanswered ends it at the latest.
    await page.ended(40000);
  };
  await Promise.all([frame('{"method":"tokens.list","id":9').subarray(0, 12), Buffer.from([0x81])].map(dropped));
});

test('deep JSON, many members and strange numbers are refused in no time', async () => {
  const deep = `{"method":"tokens.list","id":9,"params":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`;
  const many = `{"method":"tokens.list","id":9,"params":{${Array.from({ length: 6000 }, (_, i) => `"m${i}":1`).join(',')}}}`;
  const strange = ['1e9', '-0', '1.0', '99999999999999999999', '0x10', 'NaN', '"1"', 'null', '[1]'].map(
    (id) => `{"method":"tokens.list","id":${id},"params":{}}`,
  );
  for (const text of [deep, '['.repeat(60000), many, ...strange]) {
    const page = await letIn();
    const began = Date.now();
    page.send(text);
    const answer = await page.wait((m) => m.error !== undefined, 5000);
    assert.equal(answer.error.code, 'message_invalid');
    assert.ok(Date.now() - began < 3000);
    page.close();
  }
  await stillServes();
});

test('replayed and reordered messages end the connection', async () => {
  for (const ids of [[20, 20], [20, 19], [20, 21, 20]]) {
    const page = await letIn();
    for (const id of ids) page.send({ method: 'tokens.list', id, params: {} });
    assert.equal(await page.ended(), 1008);
  }
});

test('ten thousand connections: few are served, none is kept waiting for long, pages still get in', async () => {
  const before = residentKilobytes();
  const sockets = [];
  let refused = 0;
  for (let i = 0; i < 10000; ++i) {
    try {
      const socket = await openSocket(port);
      socket.on('error', () => {});
      socket.once('close', () => ++refused);
      if (i % 3 === 0) socket.write(`${upgradeLines(port).join('\r\n')}\r\n\r\n`);
      sockets.push(socket);
    } catch {
      ++refused;
    }
    if (sockets.length > 400) sockets.shift().destroy();
  }
  for (const socket of sockets) socket.destroy();
  assert.ok(refused > 9000, `${refused} refused`);
  assert.ok(residentKilobytes() - before < 8192, `${residentKilobytes() - before} KiB more`);
  await new Promise((r) => setTimeout(r, 1000));
  await stillServes();
});

test('one page cannot take all places', async () => {
  const pages = [];
  let refused = false;
  while (!refused && pages.length < 40) {
    try {
      pages.push(await Connection.open(port));
    } catch {
      refused = true;
    }
  }
  assert.equal(pages.length, 16);
  const other = await Connection.open(port, { origin: 'https://asked.example' });
  assert.equal((await other.hello()).result.version, 1);
  for (const page of [...pages, other]) page.close();
  await new Promise((r) => setTimeout(r, 500));
});

test('a second name for this machine: rebinding gives it nothing', async (t) => {
  // A real name that the system resolves to 127.0.0.1, in a mount namespace of its own.
  const name = 'rebound.example';
  const hosts = join(daemon.scratch, 'hosts');
  writeFileSync(hosts, `127.0.0.1 localhost\n127.0.0.1 ${name}\n`);
  const program = `
    mount --bind '${hosts}' /etc/hosts 2>/dev/null || exit 77
    getent hosts ${name} | grep -q '^127.0.0.1' || exit 77
    exec '${process.execPath}' -e "
      const http = require('node:http');
      const ask = (path, headers) => new Promise((done) => {
        const request = http.request({ agent: false, host: '${name}', port: ${port}, path, headers }, (answer) => { answer.resume(); done(answer.statusCode); });
        request.on('upgrade', (_, socket) => done(socket.destroy() && 101)).on('error', (e) => done(e.code)).end();
      });
      const upgrade = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==', 'Sec-WebSocket-Protocol': 'bidseal.v1' };
      (async () => {
        console.log(JSON.stringify([
          await ask('/health', { Origin: 'http://${name}:${port}' }),
          await ask('/health', { Origin: 'https://asked.example' }),
          await ask('/', { ...upgrade, Origin: 'http://${name}:${port}' }),
          await ask('/', { ...upgrade, Origin: 'https://asked.example' }),
          await ask('/', { ...upgrade, Origin: 'https://asked.example', Host: '127.0.0.1:${port}' }),
        ]));
      })();
    "`;
  const done = spawnSync('unshare', ['-m', 'bash', '-c', program], { encoding: 'utf8', timeout: 20000 });
  if (done.status === 77 || done.error || !done.stdout) return t.skip(`no second name here: ${done.stderr}`);
  // The last row is no browser: it shows that nothing but the name was wrong.
  assert.deepEqual(JSON.parse(done.stdout), [403, 403, 403, 403, 101]);
});

test('further headers change nothing, and other methods give nothing', async () => {
  for (const extra of [
    { 'X-Forwarded-Host': `127.0.0.1:${port}`, Host: 'evil.example' },
    { Forwarded: `host=127.0.0.1:${port}`, Host: `evil.example:${port}` },
    { Referer: 'https://tender.example/', Origin: 'https://evil.example' },
    { 'Sec-Fetch-Site': 'same-origin', Origin: 'null' },
  ]) {
    assert.equal((await rawRequest(port, upgradeLines(port, extra))).status, 403);
  }
  for (const method of ['POST', 'PUT', 'DELETE', 'TRACE', 'CONNECT']) {
    const { status } = await rawRequest(port, [`${method} /health HTTP/1.1`, `Host: 127.0.0.1:${port}`, 'Origin: https://tender.example', 'Content-Length: 0']);
    assert.ok(status === 0 || status >= 400, `${method} gave ${status}`);
  }
});

test('nothing but loopback is listened on, as ss sees it', (t) => {
  let table;
  try {
    table = execFileSync('ss', ['-Hltn'], { encoding: 'utf8' });
  } catch {
    return t.skip('no ss here');
  }
  const ours = table.split('\n').filter((line) => line.includes(`:${port} `));
  assert.ok(ours.length >= 1);
  for (const line of ours) assert.match(line, /127\.0\.0\.1:|\[::1\]:/);
});
