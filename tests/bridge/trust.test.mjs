// The second way in: bidseal-bridge trust, the certificates, and the daemon's TLS port. OpenSSL and NSS judge.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect as connectTls } from 'node:tls';
import { createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import { Daemon, freePort, origin, programs, scratchFolder } from './daemon.mjs';
import { Connection, upgradeLines } from './ws-client.mjs';

const nickname = 'BidSeal bridge (this computer)';
let home;
let state;
before(() => {
  home = scratchFolder('bidseal-trust-');
  state = join(home, 'state');
});
after(() => rmSync(home, { recursive: true, force: true }));

function run(program, ...words) {
  const done = spawnSync(program, words, { encoding: 'utf8', timeout: 60000, env: { ...process.env, HOME: home } });
  return { code: done.status, out: done.stdout, err: done.stderr };
}
const trust = (action, ...more) => run(join(programs, 'bidseal-bridge'), 'trust', action, '--state-dir', state, ...more);
const certutil = (...words) => run('certutil', ...words);
const openssl = (...words) => run('openssl', ...words);
const status = () => JSON.parse(trust('status', '--json').out);
const tls = (name) => join(state, 'tls', name);
const chromium = () => `sql:${join(home, '.pki/nssdb')}`;

/** A pair of neighbouring ports that are free. */
async function twoPorts() {
  for (;;) {
    const port = await freePort();
    const next = await new Promise((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(false));
      server.listen(port + 1, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (port < 65535 && next) return port;
  }
}

/** A page's request by TLS: its status, and the protocol that was agreed on. */
function health(port, changes = {}, options = {}) {
  return new Promise((resolve) => {
    const call = request({
      host: '127.0.0.1', port, path: '/health', servername: 'localhost', ca: existsSync(tls('authority.pem')) ? readFileSync(tls('authority.pem')) : undefined,
      headers: { Host: `localhost:${port}`, Origin: origin, ...changes }, agent: false, ...options,
    });
    call.on('response', (answer) => {
      const protocol = answer.socket.getProtocol();
      let body = '';
      answer.on('data', (piece) => (body += piece));
      answer.on('end', () => resolve({ status: answer.statusCode, allowed: answer.headers['access-control-allow-origin'], body, protocol }));
    });
    call.on('error', (error) => resolve({ error: error.code }));
    call.end();
  });
}

test('status before: not installed', () => {
  const { code, out } = trust('status');
  assert.deepEqual([code, out], [3, 'not installed\n']);
  assert.deepEqual(status(), { databases: [], installed: false });
});

test('install: trusted by Chromium and by every profile of Firefox; files of this user alone; no key of the CA', () => {
  for (const name of ['abcd.default', 'efgh.work']) {
    const folder = join(home, '.mozilla/firefox', name);
    mkdirSync(folder, { recursive: true });
    assert.equal(certutil('-N', '--empty-password', '-d', `sql:${folder}`).code, 0);
  }
  mkdirSync(join(home, '.mozilla/firefox/not-a-profile'));
  const { code, out, err } = trust('install');
  assert.equal(code, 0, err);
  assert.equal(out.match(/^trusted /gm).length, 3);
  const { installed, until, databases } = status();
  assert.equal(installed, true);
  assert.deepEqual(databases.map(({ folder, trusted }) => [folder.slice(home.length), trusted]), [
    ['/.pki/nssdb', true], ['/.mozilla/firefox/abcd.default', true], ['/.mozilla/firefox/efgh.work', true],
  ]);
  const days = (Date.parse(until) - Date.now()) / 86400000;
  assert.ok(days > 815 && days < 821, until);
  assert.deepEqual(readdirSync(join(state, 'tls')).sort(), ['authority.pem', 'server.key', 'server.pem']);
  for (const name of readdirSync(join(state, 'tls'))) assert.equal(statSync(tls(name)).mode & 0o777, 0o600);
  // Trusted for TLS servers and nothing else.
  assert.match(certutil('-L', '-d', chromium()).out, new RegExp(`^${nickname.replace(/[()]/g, '\\$&')} +C,, *$`, 'm'));
  const keyOf = (certificate) => openssl('x509', '-in', tls(certificate), '-pubkey', '-noout').out;
  const kept = openssl('pkey', '-in', tls('server.key'), '-pubout').out;
  assert.deepEqual([keyOf('server.pem') === kept, keyOf('authority.pem') === kept], [true, false]);
});

test('OpenSSL takes the certificate for this computer’s names, and for no other', () => {
  const verify = (...words) => openssl('verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', tls('authority.pem'), ...words, tls('server.pem'));
  for (const good of [['-verify_hostname', 'localhost'], ['-verify_ip', '127.0.0.1'], ['-verify_ip', '::1']]) {
    assert.equal(verify(...good).code, 0, `${good}: ${verify(...good).err}`);
  }
  for (const bad of [['-verify_hostname', 'tender.example'], ['-verify_ip', '192.168.1.1'], ['-verify_email', 'a@localhost']]) {
    assert.notEqual(verify(...bad).code, 0, bad.join(' '));
  }
  const text = openssl('x509', '-in', tls('authority.pem'), '-noout', '-text').out;
  assert.match(text, /CA:TRUE, pathlen:0/);
  assert.match(text, /Name Constraints: critical\s+Permitted:\s+DNS:localhost\s+IP:127\.0\.0\.1\/255\.255\.255\.255\s+IP:(0:){7}1\/(FFFF:){7}FFFF/);
  assert.match(text, /TLS Web Server Authentication/);
});

test('whoever had the CA’s key could still vouch for no other name', () => {
  const folder = join(home, 'thief');
  mkdirSync(folder);
  assert.equal(run(join(programs, '../tests/local_ca_case'), folder).code, 0);
  const file = (name) => join(folder, name);
  assert.equal(openssl('x509', '-in', file('authority.pem'), '-pubkey', '-noout').out, openssl('pkey', '-in', file('authority.key'), '-pubout').out, 'it is that CA’s key');
  const judge = (names, ...extra) => {
    writeFileSync(file('ext'), [`subjectAltName=${names}`, 'extendedKeyUsage=serverAuth', ...extra].join('\n'));
    openssl('req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/O=thief', '-keyout', file('leaf.key'), '-out', file('leaf.csr'));
    const made = openssl('x509', '-req', '-in', file('leaf.csr'), '-CA', file('authority.pem'), '-CAkey', file('authority.key'), '-days', '30', '-extfile', file('ext'), '-out', file('leaf.pem'));
    assert.equal(made.code, 0, made.err);
    const { code, err } = openssl('verify', '-no_check_time', '-purpose', 'sslserver', '-CAfile', file('authority.pem'), file('leaf.pem'));
    return code === 0 ? 'accepted' : /error \d+ at \d+ depth lookup: (.*)/.exec(err)?.[1];
  };
  assert.equal(judge('DNS:localhost'), 'accepted'); // else the rest says nothing
  assert.equal(judge('IP:127.0.0.1'), 'accepted');
  for (const names of ['DNS:bank.example', 'DNS:localhost,DNS:bank.example', 'DNS:localhost.example', 'IP:192.168.1.1', 'IP:127.0.0.2', 'IP:fe80::1']) {
    assert.equal(judge(names), 'permitted subtree violation', names);
  }
  // Nor can a CA below it, with other constraints or none.
  openssl('req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/O=lower', '-keyout', file('lower.key'), '-out', file('lower.csr'));
  writeFileSync(file('ext'), 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n');
  openssl('x509', '-req', '-in', file('lower.csr'), '-CA', file('authority.pem'), '-CAkey', file('authority.key'), '-days', '30', '-extfile', file('ext'), '-out', file('lower.pem'));
  writeFileSync(file('ext'), 'subjectAltName=DNS:localhost\n');
  openssl('x509', '-req', '-in', file('leaf.csr'), '-CA', file('lower.pem'), '-CAkey', file('lower.key'), '-days', '30', '-extfile', file('ext'), '-out', file('leaf.pem'));
  const lower = openssl('verify', '-no_check_time', '-CAfile', file('authority.pem'), '-untrusted', file('lower.pem'), file('leaf.pem'));
  assert.match(lower.err, /path length constraint exceeded/);
});

test('NSS, which the browsers use, judges the same', () => {
  const folder = join(home, 'thief-nss');
  mkdirSync(folder);
  const database = `sql:${folder}`;
  const thief = (name) => join(home, 'thief', name);
  certutil('-N', '--empty-password', '-d', database);
  assert.equal(certutil('-A', '-d', database, '-n', 'ca', '-t', 'C,,', '-i', thief('authority.pem')).code, 0);
  const judge = (names) => {
    writeFileSync(thief('ext'), `subjectAltName=${names}\nextendedKeyUsage=serverAuth\n`);
    openssl('x509', '-req', '-in', thief('leaf.csr'), '-CA', thief('authority.pem'), '-CAkey', thief('authority.key'), '-days', '30', '-extfile', thief('ext'), '-out', thief('leaf.pem'));
    certutil('-D', '-d', database, '-n', 'leaf');
    assert.equal(certutil('-A', '-d', database, '-n', 'leaf', '-t', ',,', '-i', thief('leaf.pem')).code, 0);
    const { out, err } = certutil('-V', '-d', database, '-n', 'leaf', '-u', 'V', '-e', '-b', '261201000000Z');
    return `${out}${err}`;
  };
  assert.match(judge('DNS:localhost'), /certificate is valid/);
  assert.doesNotMatch(judge('DNS:bank.example'), /certificate is valid/);
});

test('the daemon: TLS at the port after the plain one, the same rules at its door', async () => {
  const port = await twoPorts();
  const daemon = await Daemon.start(undefined, [], { port, state });
  try {
    const secure = port + 1;
    assert.equal(status().port, secure);
    const listening = run('ss', '-Hltn', `sport = :${secure}`).out.trim().split('\n').map((line) => line.split(/\s+/)[3]);
    assert.deepEqual(listening.sort(), [`127.0.0.1:${secure}`, `[::1]:${secure}`], 'this computer alone');
    const good = await health(secure);
    assert.deepEqual([good.status, good.allowed, good.body, good.protocol], [200, origin, '{"bridge":"bidseal.v1"}', 'TLSv1.3']);
    assert.equal((await health(secure, { Host: `127.0.0.1:${secure}` })).status, 200);
    // The names that stop DNS rebinding, with this port and not the plain one's.
    for (const host of ['evil.example', `evil.example:${secure}`, `localhost:${port}`, 'localhost', `[::1]:${secure}`]) {
      assert.equal((await health(secure, { Host: host })).status, 403, host);
    }
    assert.equal((await health(secure, { Origin: 'https://evil.example' })).status, 403);
    assert.equal((await health(port, { Host: `localhost:${secure}` })).status, undefined, 'no TLS at the plain port');
    assert.match((await health(secure, {}, { ca: undefined })).error, /SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT_LOCALLY/);
    assert.ok((await health(secure, {}, { maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' })).error, 'old TLS');

    const offers = connectTls({ host: '127.0.0.1', port: secure, servername: 'localhost', ca: readFileSync(tls('authority.pem')), ALPNProtocols: ['h2', 'http/1.1'] });
    await new Promise((resolve, reject) => offers.once('secureConnect', resolve).once('error', reject));
    assert.equal(offers.alpnProtocol, 'http/1.1', 'as browsers ask');
    offers.destroy();

    const socket = connectTls({ host: '127.0.0.1', port: secure, servername: 'localhost', ca: readFileSync(tls('authority.pem')) });
    const page = new Connection(socket);
    page.origin = origin;
    page.host = `localhost:${secure}`;
    socket.write(`${upgradeLines(port, { Host: page.host }).join('\r\n')}\r\n\r\n`);
    assert.match(await page.head, /^HTTP\/1\.1 101/);
    await page.hello();
    await page.pair(); // proofs over localhost:PORT
    assert.deepEqual((await page.ask('tokens.list')).result, { tokens: [] });
    page.close();
    // A peer that never speaks TLS is dropped, and the plain way in works meanwhile.
    const mute = await new Promise((resolve) => {
      const idle = sayNothing(secure, resolve);
      idle.on('error', () => {});
    });
    assert.ok(mute < 15, `${mute} s`);
    const plain = await Connection.open(port);
    assert.equal((await plain.hello()).error, undefined);
    plain.close();
  } finally {
    await daemon.stop();
  }
});

/** A connection that says nothing; calls back with the seconds after which the other side ended it. */
function sayNothing(port, ended) {
  const begun = performance.now();
  const socket = createConnection({ host: '127.0.0.1', port });
  socket.on('close', () => ended((performance.now() - begun) / 1000));
  socket.resume();
  return socket;
}

test('the port is taken: the first way in works, the log says so', async () => {
  const port = await twoPorts();
  const other = createServer();
  await new Promise((resolve) => other.listen(port + 1, '127.0.0.1', resolve));
  const daemon = await Daemon.start(undefined, [], { port, state });
  try {
    const page = await Connection.open(port);
    assert.equal((await page.hello()).error, undefined);
    page.close();
    assert.match(daemon.log, /event=no_tls_port/);
    assert.equal(status().port, undefined);
  } finally {
    await daemon.stop();
    other.close();
  }
});

test('install again: the old CA is gone', () => {
  const before = readFileSync(tls('authority.pem'), 'utf8');
  assert.equal(trust('install').code, 0);
  assert.notEqual(readFileSync(tls('authority.pem'), 'utf8'), before);
  const kept = certutil('-L', '-d', chromium(), '-n', nickname, '-a').out;
  assert.equal(kept.match(/BEGIN CERTIFICATE/g).length, 1);
  assert.equal(kept.replace(/\r/g, '').trim(), readFileSync(tls('authority.pem'), 'utf8').trim());
});

test('a database in which it was taken out by hand is told', () => {
  certutil('-D', '-d', chromium(), '-n', nickname);
  assert.equal(trust('status').code, 1);
  assert.deepEqual(status().databases.map(({ trusted }) => trusted), [false, true, true]);
});

test('remove: nothing is left; the daemon listens plainly alone', async () => {
  const { code, out } = trust('remove');
  assert.deepEqual([code, out.match(/^removed /gm).length], [0, 2]);
  for (const folder of ['.pki/nssdb', '.mozilla/firefox/abcd.default', '.mozilla/firefox/efgh.work']) {
    assert.notEqual(certutil('-L', '-d', `sql:${join(home, folder)}`, '-n', nickname).code, 0);
  }
  assert.deepEqual(readdirSync(join(state, 'tls')), []);
  assert.equal(trust('status').code, 3);
  assert.equal(trust('remove').code, 0, 'twice does no harm');
  const port = await twoPorts();
  const daemon = await Daemon.start(undefined, [], { port, state });
  try {
    assert.match((await health(port + 1)).error, /ECONNREFUSED/);
  } finally {
    await daemon.stop();
  }
});

test('wrong words are refused', () => {
  for (const words of [['dance'], ['install', 'now']]) assert.equal(trust(...words).code, 2);
  assert.equal(run(join(programs, 'bidseal-bridge'), 'trust').code, 2);
  assert.ok(!existsSync(tls('server.key')));
});
