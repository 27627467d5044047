// What bidseal-cloud answers to those who are no phone and no page, and to phones of another kind.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { join } from 'node:path';
import { Page, Service, copyPhone, enrolled, makeWorld, phone, pin, programs, removeWorld } from './service.mjs';

let world, service;

before(async () => {
  world = makeWorld();
  service = await new Service(world).start();
});
after(async () => {
  await service.stop();
  removeWorld(world);
});

const codeOf = (answer) => JSON.parse(answer.text).error.code;
const account = '00'.repeat(16);

test('health, metrics, keys', async () => {
  const health = await service.fetch('/health');
  assert.deepEqual([health.status, health.text], [200, '{"status":"ok"}']);
  assert.equal(health.headers.get('cache-control'), 'no-store');
  const info = JSON.parse((await service.fetch('/v1/service')).text);
  assert.deepEqual(info.roles, ['hub', 'cosign', 'enrol']);
  assert.match(info.cosign_key, /^04[0-9a-f]{128}$/);
  assert.match(info.enrol_key, /^04[0-9a-f]{128}$/);
  const metrics = await service.fetch('/metrics');
  assert.match(metrics.type, /^text\/plain/);
  assert.match(metrics.text, /bidseal_requests_total\{method="GET",route="\/health",outcome="ok"\} 1\n/);
  assert.match(metrics.text, /bidseal_request_seconds_bucket\{route="\/health",le="\+Inf"\} 1\n/);
});

test('the OpenAPI document in docs/spec is what the program says', async () => {
  const committed = readFileSync(new URL('../../docs/spec/cloud-openapi.json', import.meta.url), 'utf8');
  assert.equal(execFileSync(join(programs, 'bidseal-cloud'), ['--openapi'], { encoding: 'utf8' }), committed);
  assert.equal((await service.fetch('/openapi.json')).text, committed);
  const document = JSON.parse(committed);
  assert.equal(document.openapi, '3.0.3');
  assert.equal(document.paths['/v1/cosign/{account}/{call}'].post.parameters[1].schema.enum.length, 13);
});

test('every path of the document is there, and nothing else', async () => {
  const document = JSON.parse((await service.fetch('/openapi.json')).text);
  for (const [path, methods] of Object.entries(document.paths)) {
    const real = path.replace('{account}', account).replace('{call}', 'keys/create');
    for (const method of ['get', 'post']) {
      const answer = method === 'get' ? await service.fetch(real) : await service.postBytes(real, '');
      if (methods[method]) assert.ok(![404, 405].includes(answer.status), `${method} ${path} ${answer.status}`);
      else assert.equal(answer.status, 405, `${method} ${path}`);
    }
    assert.equal((await service.fetch(`${real}x`)).status === 404 || path.includes('{call}'), true, path);
  }
  for (const path of ['/', '/v1', '/v1/', '/v1/cosign', '/v2/service', '/..', '/%2e%2e/etc/passwd', '/v1/hub/sessions/'])
    assert.equal((await service.fetch(path)).status, 404, path);
});

const rows = [
  ['/v1/hub/sessions', '', 400, 'json_invalid'],
  ['/v1/hub/sessions', '{}', 400, 'json_invalid'],
  ['/v1/hub/sessions', '{"content":"AA==","signature":"AA==","certificate":"AA=="}', 400, 'certificate_invalid'],
  ['/v1/hub/sessions', 'x'.repeat(40000), 413, 'limit_exceeded'],
  ['/v1/hub/requests', '[]', 400, 'json_invalid'],
  ['/v1/hub/messages', '', 400, 'session_message'],
  ['/v1/hub/messages', 'BSH1', 400, 'session_message'],
  ['/v1/hub/messages', randomBytes(500), 400, 'session_message'],
  ['/v1/hub/claims', '', 400, 'message_invalid'],
  ['/v1/hub/claims', Buffer.from([0, 0, 0, 4, 66, 83, 84, 49]), 400, 'certificate_invalid'],
  [`/v1/cosign/${account}/keys/create`, '', 400, 'decrypt_failed'],
  [`/v1/cosign/${account}/keys/create`, randomBytes(5000), 400, 'decrypt_failed'],
  [`/v1/cosign/${account}/keys/create`, `BSE1${'\0\0\0\x64'}${'0'.repeat(200)}`, 400, 'decrypt_failed'],
  [`/v1/cosign/${account}/keys/steal`, 'x', 404, 'method_unknown'],
  ['/v1/cosign/short/keys/create', 'x', 400, 'message_invalid'],
  [`/v1/cosign/${'G'.repeat(32)}/keys/create`, 'x', 400, 'message_invalid'],
  ['/v1/enrol/codes', '{"phone":"12345"}', 400, 'json_invalid'],
  ['/v1/enrol/codes', '{"phone":"+861380000;rm"}', 400, 'json_invalid'],
  ['/v1/enrol/codes', '{"phone":"+8613800000000","more":1}', 400, 'json_invalid'],
  ['/v1/enrol/devices', '{"phone":"+8613800000000"}', 400, 'json_invalid'],
  ['/v1/enrol/tickets', '{}', 400, 'json_invalid'],
  ['/v1/enrol/certificates', '{}', 400, 'json_invalid'],
];
for (const [path, body, status, code] of rows) {
  test(`refused: ${path} ${JSON.stringify(body.toString('latin1').slice(0, 40))}`, async () => {
    const answer = await service.postBytes(path, body);
    assert.deepEqual([answer.status, codeOf(answer)], [status, code]);
  });
}

/** The first line of the answer to these raw lines. */
function raw(text) {
  return new Promise((resolve, reject) => {
    const socket = connect(service.port, '127.0.0.1', () => socket.write(text));
    let seen = '';
    socket.setTimeout(8000, () => socket.destroy(new Error('no answer')));
    socket.on('data', (piece) => (seen += piece));
    socket.on('error', reject);
    socket.on('close', () => resolve(seen.split('\r\n')[0]));
    socket.on('data', () => socket.end());
  });
}

test('bodies that are too long or of no length, methods that there are not', async () => {
  assert.match(await raw('POST /v1/hub/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n'), / 413 /);
  assert.match(await raw('POST /v1/hub/messages HTTP/1.1\r\nHost: x\r\n\r\n'), / 411 /);
  assert.match(await raw('POST /v1/hub/messages HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n'), / 411 /);
  assert.match(await raw('DELETE /v1/service HTTP/1.1\r\nHost: x\r\n\r\n'), / 405 /);
  assert.equal((await service.fetch('/health')).status, 200);
});

function closeCode(first) {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${service.port}/v1/hub/socket`, 'bidseal-hub.v1');
    socket.onopen = () => socket.send(first);
    socket.onclose = ({ code }) => resolve(code);
    setTimeout(() => {
      resolve('open');
      socket.close();
    }, 1500);
  });
}

test('sockets: texts and huge messages end them, nonsense does not', async () => {
  assert.equal(await closeCode('hello'), 1003);
  assert.equal(await closeCode(new Uint8Array(200000)), 1009);
  assert.equal(await closeCode(new Uint8Array(100)), 'open');
  const refused = await new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${service.port}/v1/hub/socket`);
    socket.onopen = () => resolve(false);
    socket.onerror = () => resolve(true);
  });
  assert.ok(refused, 'without the subprotocol');
});

test('only platforms that the service knows open sessions', async () => {
  const page = await Page.open(service);
  const draft = JSON.parse(page.draft);
  const broken = { ...draft, signature: Buffer.from(draft.signature, 'base64').fill(7, 10, 12).toString('base64') };
  const answer = await service.postJson('/v1/hub/sessions', broken);
  assert.deepEqual([answer.status, codeOf(answer)], [401, 'signature_invalid']);
  execFileSync(join(programs, 'bidseal-testca'), ['platform', join(world, 'ca'), '--name', '别的平台', '--code', '91310000MA1PLATF0C',
    '--out', join(world, 'other')], { stdio: 'ignore' });
  const other = { ...draft, certificate: execFileSync('openssl', ['x509', '-in', join(world, 'other/sign.crt'), '-outform', 'DER']).toString('base64') };
  const refused = await service.postJson('/v1/hub/sessions', other);
  assert.deepEqual([refused.status, codeOf(refused)], [401, 'certificate_untrusted']);
  page.close();
});

test('codes: one a minute, five tries, another person\'s number brings no account', async () => {
  const number = '+8613900000001';
  const ask = () => service.postJson('/v1/enrol/codes', { phone: number });
  assert.equal((await ask()).status, 200);
  const again = await ask();
  assert.deepEqual([again.status, codeOf(again)], [429, 'too_many_requests']);
  const code = readFileSync(service.smsFile, 'utf8').trim().split('\n').at(-1).split(' ')[1];
  assert.match(code, /^\d{6}$/);
  assert.equal(statSync(service.smsFile).mode & 0o077, 0);
  const { publicKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
  const key = Buffer.from(await crypto.subtle.exportKey('raw', publicKey)).toString('base64');
  const enrol = (given, name = '李工') => service.postJson('/v1/enrol/devices', {
    phone: number, code: given, name, evidence: Buffer.from(`simulated face of ${name}`).toString('base64'), key });
  const wrong = code === '000000' ? '000001' : '000000';
  for (const left of [4, 3]) {
    const answer = await enrol(wrong);
    assert.deepEqual([answer.status, answer.text], [400, `{"error":{"code":"pin_wrong","retries":${left}}}`]);
  }
  const faceless = await service.postJson('/v1/enrol/devices', { phone: number, code, name: '李工', evidence: 'AA==', key });
  assert.deepEqual([faceless.status, codeOf(faceless)], [401, 'certificate_untrusted']);
  assert.equal((await enrol(code)).status, 200);
  assert.equal(codeOf(await enrol(code)), 'pin_wrong'); // used up
});

test('certificates: not for a company that the registry refuses, not without a CA\'s word', async () => {
  await assert.rejects(enrolled(service, { company: 'refused by the registry' }), /certificate_untrusted/);
});

test('a changed PIN: the old one is wrong, and a copy of the phone from before is dead', async () => {
  const folder = await enrolled(service);
  const copy = copyPhone(folder);
  assert.equal((await phone(folder, 'change-pin', '--pin', pin, '--new-pin', '864209')).code, 0);
  const file = join(world, 'paper.txt');
  writeFileSync(file, 'a paper');
  const sign = (at, withPin) => phone(at, 'sign', '--pin', withPin, '--file', file);
  assert.equal((await sign(folder, '864209')).code, 0);
  assert.match((await sign(folder, pin)).stderr, /cosign_pin_wrong[^]*tries left: 8/);
  assert.match((await sign(copy, pin)).stderr, /cosign_epoch/);
  assert.match((await phone(folder, 'status')).lines[0], / epoch 1 tries 8 /);
});

test('administration: a locked key is unlocked, a closed one is not', async () => {
  const folder = await enrolled(service);
  const key = (await phone(folder, 'status')).lines[0].split(' ')[1];
  const file = join(world, 'paper2.txt');
  writeFileSync(file, 'a paper');
  service.command('--unlock', key);
  service.command('--close', key);
  assert.match((await phone(folder, 'sign', '--pin', pin, '--file', file)).stderr, /cosign_state/);
  assert.throws(() => service.command('--unlock', '00'.repeat(16)));
  assert.match(service.command('--verify-audit'), /^cosign \d+ /);
});

test('a state folder that others may read is refused, and so is a second kind of file', () => {
  const start = (...words) => {
    try {
      execFileSync(join(programs, 'bidseal-cloud'), words, { stdio: 'pipe' });
      return 0;
    } catch (error) {
      return error.status;
    }
  };
  const open = execFileSync('mktemp', ['-d', '-p', world], { encoding: 'utf8' }).trim();
  execFileSync('chmod', ['755', open]);
  assert.equal(start('--state', open, '--verify-audit'), 1);
  assert.equal(start('--verify-audit'), 2);
  assert.equal(start('--state', open, '--role', 'king'), 2);
  assert.equal(start('--state', service.state, '--port', '0'), 2);
});
