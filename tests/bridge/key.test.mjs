// Using the key: lists, signs, opens, and everything that goes wrong on the way; with a software
// UKey that is loaded as a vendor's library is.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Daemon, caseStep, makeWorld, pin, removeWorld } from './daemon.mjs';
import { Connection } from './ws-client.mjs';

const beforeOpening = '2026-05-15T00:00:00Z';
const afterOpening = '2026-07-01T00:00:00Z';

let world;
let daemon;
let sign;
before(async () => {
  world = makeWorld();
  sign = caseStep(world, 'make');
  daemon = await Daemon.start(world, ['--test-clock', beforeOpening, '--windows-per-minute', '500']);
});
after(async () => {
  await daemon.stop();
  removeWorld(world);
});

/** All that pages saw and the bridge logged must never hold the PIN. */
const seen = [];

async function page(of = daemon) {
  const connection = await Connection.open(of.port);
  seen.push(connection);
  await connection.hello();
  await connection.pair();
  return connection;
}

async function onlyKey(connection) {
  const { result } = await connection.ask('certificates.list');
  assert.equal(result.keys.length, 1);
  return result.keys[0];
}

async function signWith(connection, changes = {}) {
  const { key } = await onlyKey(connection);
  return connection.ask('sign.bid', { ...sign, key, ...changes });
}

/** Starts signing requests of which the first one's window stands and waits; gives their ids. */
async function waiting(connection, count = 1) {
  const { key } = await onlyKey(connection);
  const before = daemon.windows().length;
  daemon.script('confirm hang');
  const ids = Array.from({ length: count }, () => connection.start('sign.bid', { ...sign, key }));
  await daemon.shown(before + 1);
  return ids;
}

/** A bridge of its own for one test, with these options besides the clock. */
async function withDaemon(clock, options, use) {
  const own = await Daemon.start(world, ['--test-clock', clock, ...options]);
  try {
    await use(own);
  } finally {
    await own.stop();
  }
}

test('lists token and certificates without a PIN', async () => {
  const connection = await page();
  const { result } = await connection.ask('tokens.list');
  assert.equal(result.tokens.length, 1);
  assert.equal(result.tokens[0].pin_state, 'ok');
  assert.equal(result.tokens[0].retries_left, 6);
  const key = await onlyKey(connection);
  assert.equal(key.signing.holder, '东海建设有限公司');
  assert.equal(key.signing.credit_code, '91310000MA1FL0XX0A');
  assert.equal(key.signing.algorithm, 'sm2');
  assert.equal(key.encryption.status, 'active');
  assert.equal(daemon.windows().length, 0);
  connection.close();
});

test('signs a bid after consent and PIN; openssl agrees', async () => {
  const connection = await page();
  daemon.script('confirm ok', `pin ${pin} 0`);
  const { result, error } = await signWith(connection);
  assert.equal(error, undefined);
  writeFileSync(join(world, 'signature.der'), Buffer.from(result.signature, 'base64'));
  writeFileSync(join(world, 'signer.der'), Buffer.from(result.certificate, 'base64'));
  const openssl = (...words) => execFileSync('openssl', words, { cwd: world, stdio: ['ignore', 'pipe', 'pipe'] }).toString();
  writeFileSync(join(world, 'signer.pub'), openssl('x509', '-inform', 'DER', '-in', 'signer.der', '-noout', '-pubkey'));
  const verified = openssl('dgst', '-sm3', '-verify', 'signer.pub', '-sigopt', 'distid:1234567812345678', '-signature',
    'signature.der', 'index.json');
  assert.match(verified, /Verified OK/);
  const digest = openssl('dgst', '-sm3', '-binary', '-hex', 'index.json').split('= ')[1].trim();
  assert.equal(Buffer.from(result.digest, 'base64').toString('hex'), digest);
  const windows = daemon.windows().slice(-2);
  assert.equal(windows[0].kind, 'confirm');
  for (const part of ['https://tender.example asks you to SIGN A BID', '东海大桥', 'Main span', '东海建设有限公司',
    'Fingerprint: ' + digest.slice(0, 4).toUpperCase()]) {
    assert.ok(windows[0].desc.includes(part), `${part} is not in ${windows[0].desc}`);
  }
  assert.equal(windows[1].kind, 'pin');
  assert.match(windows[1].desc, /Tries left: 6 of 6/);
  const stages = connection.messages.filter((m) => m.event === 'request.stage').map((m) => m.data.stage);
  assert.deepEqual(stages, ['queued', 'consent', 'pin', 'token']);
  connection.close();
});

test('the round trip: signed, closed until the opening, rehearsed, then opened', async () => {
  const connection = await page();
  const { key } = await onlyKey(connection);
  daemon.script('confirm ok', `pin ${pin} 0`);
  const signed = await signWith(connection);
  const unwrap = { ...caseStep(world, 'finish', signed.result.signature), key };
  const windows = daemon.windows().length;
  assert.equal((await connection.ask('unwrap.envelopes', unwrap)).error.code, 'not_open_yet');
  assert.equal(daemon.windows().length, windows);

  daemon.script('confirm ok', `pin ${pin} 0`);
  const rehearsed = await connection.ask('rehearse.envelopes', unwrap);
  assert.deepEqual(rehearsed.result.slots.map((s) => s.opens_envelope), [true, true]);
  assert.ok(!JSON.stringify(rehearsed).includes('share'));
  connection.close();

  await withDaemon(afterOpening, [], async (later) => {
    const opener = await page(later);
    later.script('confirm ok', `pin ${pin} 0`);
    const opened = await opener.ask('unwrap.envelopes', unwrap);
    assert.equal(opened.error, undefined);
    assert.equal(later.windows().length, 2);
    const shares = opened.result.shares.map((s) => s.share);
    assert.equal(shares.length, 2);
    caseStep(world, 'check', ...shares); // throws when they do not fit the commitments
    assert.throws(() => caseStep(world, 'check', shares[1], shares[0]));
    const moved = structuredClone(unwrap);
    moved.slots[0].slot = 5;
    assert.equal((await opener.ask('unwrap.envelopes', moved)).error.code, 'opener_not_found');
    opener.close();
  });
});

test('a wrong PIN is asked again, with the tries left', async () => {
  const connection = await page();
  daemon.script('confirm ok', 'pin 000000 0', `pin ${pin} 0`);
  assert.equal((await signWith(connection)).error, undefined);
  const [first, second] = daemon.windows().slice(-2);
  assert.match(first.desc, /Tries left: 6 of 6/);
  assert.match(second.desc, /The PIN was wrong[^]*Tries left: 5 of 6/);
  connection.close();
});

test('refused, cancelled at the PIN, and too quick an approval', async () => {
  const connection = await page();
  daemon.script('confirm cancel 0');
  assert.equal((await signWith(connection)).error.code, 'consent_refused');
  daemon.script('confirm ok', 'pin cancel 0');
  const cancelled = (await signWith(connection)).error;
  assert.deepEqual(cancelled, { code: 'pin_cancelled', retries_left: 6 });
  const before = daemon.windows().length;
  daemon.script('confirm ok 0.1', 'confirm cancel 0');
  assert.equal((await signWith(connection)).error.code, 'consent_refused');
  const windows = daemon.windows().slice(before);
  assert.equal(windows.length, 2);
  assert.match(windows[1].desc, /too quick/);
  connection.close();
});

test('cancelled by the page: the window goes away', async () => {
  const connection = await page();
  const [id] = await waiting(connection);
  assert.equal((await connection.ask('cancel', { request: id })).result.found, true);
  assert.equal((await connection.answer(id, 3000)).error.code, 'cancelled');
  connection.close();
});

test('a page that goes away takes its window with it; the next page can work', async () => {
  const leaving = await page();
  await waiting(leaving);
  leaving.close();
  const connection = await page();
  daemon.script('confirm ok', `pin ${pin} 0`);
  assert.equal((await signWith(connection)).error, undefined);
  connection.close();
});

test('one window at a time; a page that asks for many gets busy', async () => {
  const connection = await page();
  const before = daemon.windows().length;
  const ids = await waiting(connection, 100);
  const answers = await Promise.all(ids.slice(2).map((id) => connection.answer(id)));
  assert.ok(answers.every((a) => a.error?.code === 'busy'));
  assert.equal(daemon.windows().length, before + 1);
  connection.close();
});

test('the UKey is pulled out while the window stands; it is there again after replugging', async () => {
  const connection = await page();
  const { key } = await onlyKey(connection);
  const [id] = await waiting(connection);
  daemon.pullOut();
  assert.equal((await connection.answer(id)).error.code, 'token_removed');
  await connection.wait((m) => m.event === 'token.removed');
  assert.equal((await connection.ask('sign.bid', { ...sign, key })).error.code, 'token_absent');
  daemon.plugIn();
  const added = await connection.wait((m) => m.event === 'token.added');
  assert.equal(added.data.info.serial.length > 0, true);
  daemon.script('confirm ok', `pin ${pin} 0`);
  assert.equal((await connection.ask('sign.bid', { ...sign, key })).error, undefined);
  connection.close();
});

test('what does not fit is refused before any window', async () => {
  const connection = await page();
  const before = daemon.windows().length;
  const changedIndex = Buffer.from(sign.index, 'base64');
  changedIndex[40] ^= 1;
  assert.notEqual((await signWith(connection, { index: changedIndex.toString('base64') })).error, undefined);
  const login = Buffer.from('{"type":"login","nonce":"x"}').toString('base64');
  assert.equal((await signWith(connection, { index: login })).error.code, 'bid_index');
  assert.equal((await signWith(connection, { manifests: [] })).error.code, 'manifest_mismatch');
  assert.equal((await signWith(connection, { key: '00' })).error.code, 'key_not_found');
  assert.equal(daemon.windows().length, before);
  connection.close();
});

test('windows are limited per page and minute', async () => {
  await withDaemon(beforeOpening, ['--windows-per-minute', '3'], async (strict) => {
    const connection = await page(strict);
    strict.script('* confirm cancel 0');
    const codes = [];
    for (let i = 0; i < 4; ++i) codes.push((await signWith(connection)).error.code);
    assert.deepEqual(codes, ['consent_refused', 'consent_refused', 'consent_refused', 'too_many_requests']);
    connection.close();
  });
});

test('a program that is no pinentry, and a window that nobody answers', async () => {
  await withDaemon(beforeOpening, ['--pinentry', '/bin/false'], async (broken) => {
    assert.equal((await signWith(await page(broken))).error.code, 'pinentry_missing');
  });
});

test('a platform that is not trusted', async () => {
  await withDaemon('2026-11-22T12:00:00Z', ['--trust', join(world, 'signer.der')], async (trusting) => {
    assert.equal((await signWith(await page(trusting))).error.code, 'certificate_untrusted');
  });
});

test('the last try is confirmed; after it the UKey is locked', async () => {
  const connection = await page();
  daemon.script('confirm ok', ...Array(5).fill('pin 000000 0'), 'confirm cancel 0');
  const spared = (await signWith(connection)).error;
  assert.deepEqual(spared, { code: 'pin_cancelled', retries_left: 1 });
  assert.match(daemon.windows().at(-1).desc, /ONE TRY IS LEFT/);
  assert.equal((await connection.ask('tokens.list')).result.tokens[0].pin_state, 'last');
  daemon.script('confirm ok', 'confirm ok', 'pin 000000 0');
  assert.deepEqual((await signWith(connection)).error, { code: 'pin_locked', retries_left: 0 });
  const before = daemon.windows().length;
  assert.deepEqual((await signWith(connection)).error, { code: 'pin_locked', retries_left: 0 });
  assert.equal(daemon.windows().length, before);
  assert.equal((await connection.ask('tokens.list')).result.tokens[0].pin_state, 'locked');
  connection.close();
});

test('no PIN in any frame or log, no names in the log', () => {
  for (const connection of seen) {
    assert.ok(!connection.text.includes(pin));
    assert.ok(!connection.text.includes('000000'));
  }
  assert.ok(daemon.log.length > 1000);
  for (const secret of [pin, '000000', '东海', 'P-1', '91310000MA1FL0XX0A']) {
    assert.ok(!daemon.log.includes(secret), secret);
  }
});
