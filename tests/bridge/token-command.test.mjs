// `bidseal-bridge token` and `bidseal-bridge probe`, with a scripted pinentry and openssl as the CA.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { library, makeWorld, pin, programs, removeWorld } from './daemon.mjs';

const build = process.env.BIDSEAL_BUILD ?? join(import.meta.dirname, '../../build');
const vendor = (name) => join(build, `native/tests/libs/libvendor_${name}.so`);

let world;
before(() => {
  world = makeWorld();
});
after(() => removeWorld(world));

/** Runs the program with the person's answers; the result has code, out, err. */
function bridge(words, answers = []) {
  const script = join(world, 'answers');
  writeFileSync(script, answers.map((line) => `${line}\n`).join(''));
  const run = spawnSync(join(programs, 'bidseal-bridge'), [...words, '--pinentry', join(import.meta.dirname, 'pinentry-scripted'),
    '--language', 'en'], {
    env: { ...process.env, BIDSEAL_SOFTUKEY_DIR: join(world, 'ukeys'), BIDSEAL_PINENTRY_ANSWERS: script,
      BIDSEAL_PINENTRY_LOG: join(world, 'windows') },
    encoding: 'utf8',
  });
  assert.doesNotMatch(run.stdout + run.stderr, new RegExp(pin));
  return { code: run.status, out: run.stdout, err: run.stderr };
}

const token = (command, words = [], answers = []) => bridge(['token', command, ...words, '--library', library], answers);

function openssl(...words) {
  return execFileSync('openssl', words, { cwd: world, stdio: ['ignore', 'pipe', 'pipe'] }).toString();
}

test('lists tokens with certificates and tries', () => {
  const { code, out } = token('list');
  assert.equal(code, 0);
  assert.match(out, /^device donghai, serial [0-9a-f]{16}, label donghai,/m);
  assert.match(out, /PIN: 6 of 6 tries left/);
  assert.match(out, /signing certificate: .*东海建设有限公司.*2036-01-01T00:00:00Z \(\d+ days left\)/);
  assert.match(out, /encryption certificate: /);
});

test('changes the PIN, asking for the new one twice', () => {
  assert.equal(token('change-pin', [], [`pin ${pin} 0`, 'pin 222222 0', 'pin 333333 0']).code, 1);
  assert.equal(token('change-pin', [], ['pin 000000 0', 'pin 222222 0', 'pin 222222 0']).code, 1);
  assert.match(token('list').out, /5 of 6 tries left/);
  const { code, out } = token('change-pin', [], [`pin ${pin} 0`, 'pin 222222 0', 'pin 222222 0']);
  assert.equal(code, 0);
  assert.match(out, /PIN was changed/);
  assert.equal(token('change-pin', [], ['pin 222222 0', `pin ${pin} 0`, `pin ${pin} 0`]).code, 0);
});

test('unlocks with the administrator PIN', () => {
  for (let i = 0; i < 6; ++i) token('change-pin', [], ['pin 000000 0', 'pin 222222 0', 'pin 222222 0']);
  assert.match(token('list').out, /0 of 6 tries left/);
  assert.equal(token('unlock', [], ['pin 24680135 0', `pin ${pin} 0`, `pin ${pin} 0`]).code, 0);
  assert.match(token('list').out, /6 of 6 tries left/);
});

test('renews the certificate: request, openssl as the CA, import', () => {
  const request = join(world, 'request.der');
  const words = ['--organization', '东海建设有限公司', '--name', '投标部', '--new-key', '--out', request];
  assert.equal(token('request', words, ['confirm cancel 0']).code, 1);
  assert.equal(existsSync(request), false);
  assert.equal(token('request', words, ['confirm ok', `pin ${pin} 0`]).code, 0);
  assert.match(token('request', words, ['confirm ok', `pin ${pin} 0`]).err, /file_exists|exists/i);
  // The request above made another key: what counts is the request that was written last.
  const again = join(world, 'again.der');
  assert.equal(token('request', [...words.slice(0, 4), '--out', again], [`pin ${pin} 0`]).code, 0);
  const id = ['distid:1234567812345678'];
  writeFileSync(join(world, 'extensions'), 'keyUsage=critical,digitalSignature\n');
  openssl('x509', '-req', '-inform', 'der', '-in', again, '-vfyopt', ...id, '-CA', 'ca/issuing.crt', '-CAkey', 'ca/issuing.key',
    '-sm3', '-sigopt', ...id, '-days', '30', '-extfile', 'extensions', '-out', 'renewed.crt');
  const renewed = join(world, 'renewed.crt');
  assert.match(token('import-certificate', ['--for', 'encryption', renewed], [`pin ${pin} 0`]).err, /purpose|usage/i);
  assert.equal(token('import-certificate', ['--for', 'signing', renewed], [`pin ${pin} 0`]).code, 0);
  assert.match(token('list').out, /signing certificate: .*投标部/);
});

test('an encryption key is imported after a warning only', () => {
  const file = join(world, 'key.blob');
  writeFileSync(file, Buffer.alloc(400));
  assert.equal(token('import-key', [file], ['confirm cancel 0']).code, 1);
  const windows = readFileSync(join(world, 'windows'), 'utf8').trim().split('\n').map((line) => JSON.parse(line));
  assert.match(windows.at(-1).desc, /CAN NOT BE OPENED/);
  const refused = token('import-key', [file], ['confirm ok', `pin ${pin} 0`]);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /ENVELOPEDKEYBLOB/);
});

test('wrong words are told', () => {
  for (const words of [['token'], ['token', 'fly', '--library', library], ['token', 'list'], ['token', 'list', '--unknown'],
    ['token', 'request', '--library', library], ['probe']]) {
    const { code, err } = bridge(words);
    assert.equal(code, 2, words.join(' '));
    assert.match(err, /^bidseal-bridge: /);
  }
});

const profiles = [
  ['plain', { ulong: 4, packing: 'packed', session_key: true }],
  ['wide_natural', { ulong: 8, packing: 'natural', session_key: true }],
  ['natural', { ulong: 4, packing: 'natural', session_key: true, charset: 'gbk' }],
  ['a2', { session_key: false, decrypt: { function: 'SKF_ECCDecrypt', form: 'selector_blob', selector: 0, content: 'blob' } }],
  ['b1', { session_key: false, decrypt: { function: 'SKF_PrvKeyDecrypt', form: 'selector_blob', selector: 1, content: 'blob' } }],
  ['c2', { session_key: false, decrypt: { function: 'SKF_ECCPrvKeyDecrypt', form: 'bytes', selector: 0, content: 'c1c3c2' } }],
  ['a1_wide', { ulong: 8, session_key: false, decrypt: { function: 'SKF_ECCDecrypt', form: 'blob', selector: 0, content: 'blob' } }],
];
for (const [name, expected] of profiles) {
  test(`probe finds the profile of ${name}`, () => {
    const { code, out, err } = bridge(['probe', vendor(name), '--name', `vendor-${name}`], [`pin ${pin} 0`]);
    assert.equal(code, 0, err);
    const profile = JSON.parse(out);
    assert.equal(profile.name, `vendor-${name}`);
    assert.equal(profile.interface, 'skf');
    for (const [member, value] of Object.entries(expected)) assert.deepEqual(profile[member], value, member);
    // The container is gone, the PIN's tries are whole, and the profile serves.
    const file = join(world, `${name}.json`);
    writeFileSync(file, out);
    const list = bridge(['token', 'list', '--library', vendor(name), '--profile', file]);
    assert.equal(list.code, 0, list.err);
    assert.doesNotMatch(list.out, /BIDSEAL-PROBE/);
    assert.match(list.out, /6 of 6 tries left/);
    if (expected.charset === 'gbk') assert.match(list.out, /label 东海\?/);
  });
}

test('the profiles that are shipped can be read, and those for SKF serve the software UKey', () => {
  const folder = join(import.meta.dirname, '../../bridge/profiles');
  const files = readdirSync(folder);
  assert.ok(files.length >= 5);
  for (const name of files) {
    const profile = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    assert.equal(`${profile.name}.json`, name);
    const { code, err } = token('list', ['--profile', join(folder, name)]);
    if (profile.interface === 'pkcs11') assert.match(err, /token_driver|no PKCS #11 functions/);
    else assert.equal(code, 0, err);
  }
});

test('probe refuses what is no library of a UKey', () => {
  const { code, err } = bridge(['probe', join(programs, 'bidseal-bridge')], [`pin ${pin} 0`]);
  assert.equal(code, 1);
  assert.match(err, /neither SKF nor PKCS #11/);
  assert.match(bridge(['probe', '/etc/hostname']).err, /not a library for this system/);
});
