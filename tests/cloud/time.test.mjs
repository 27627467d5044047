// What bidseal-cloud makes of time: pauses after wrong PINs, tickets, the opening of bids. Its clock
// is a file, so that a day passes at once.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { join } from 'node:path';
import { Service, enrolled, makeWorld, phone, pin, programs, removeWorld } from './service.mjs';

let world, service;
let now = Math.floor(Date.now() / 1000);
const text = (seconds) => new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');

function setClock() {
  writeFileSync(join(service.state, 'clock.new'), text(now));
  renameSync(join(service.state, 'clock.new'), join(service.state, 'clock'));
}
function pass(seconds) {
  now += seconds;
  setClock();
}

before(async () => {
  world = makeWorld();
  service = new Service(world, { more: ['--test-clock'] });
  setClock();
  await service.start();
});
after(async () => {
  await service.stop();
  removeWorld(world);
});

test('three wrong PINs: 15 minutes; three more: a day; nine: locked, through kills of the service', async () => {
  const folder = await enrolled(service);
  const file = join(world, 'paper');
  writeFileSync(file, 'a paper');
  const sign = async (withPin) => {
    const done = await phone(folder, 'sign', '--pin', withPin, '--file', file);
    return done.code === 0 ? 'signed' : /bidseal-phone: .*?(cosign_\w+|certificate_\w+)[^]*?(?:tries left: (\d+))?\s*$/.exec(done.stderr).slice(1, 3).join(' ').trim();
  };
  const wrong = '246800';
  for (const left of [8, 7, 6]) assert.equal(await sign(wrong), `cosign_pin_wrong ${left}`);
  assert.equal(await sign(pin), 'cosign_pin_paused 6');
  await service.restart('SIGKILL');
  pass(15 * 60 - 1);
  assert.equal(await sign(pin), 'cosign_pin_paused 6');
  pass(1);
  for (const left of [5, 4, 3]) assert.equal(await sign(wrong), `cosign_pin_wrong ${left}`);
  await service.restart('SIGKILL');
  pass(24 * 3600 - 1);
  assert.equal(await sign(pin), 'certificate_expired');
  assert.match((await phone(folder, 'renew', '--time', text(now - 301))).stderr, /signature_invalid/);
  assert.equal((await phone(folder, 'renew', '--time', text(now))).code, 0);
  assert.equal(await sign(pin), 'cosign_pin_paused 3');
  pass(1);
  for (const left of [2, 1]) assert.equal(await sign(wrong), `cosign_pin_wrong ${left}`);
  assert.equal(await sign(wrong), 'cosign_pin_locked 0');
  await service.restart('SIGKILL');
  assert.equal(await sign(pin), 'cosign_pin_locked 0');
  const key = (await phone(folder, 'status')).lines[0].split(' ')[1];
  service.command('--test-clock', '--unlock', key);
  assert.equal(await sign(pin), 'signed');
});

test('a wrap that OpenSSL made opens at the tender\'s opening time, and not before', async () => {
  const folder = await enrolled(service, { company: '东海建设有限公司' });
  const at = (name) => join(world, name);
  const tender = (name, opening) => {
    const example = execFileSync(join(programs, 'bidseal'), ['tender', 'new', '--example'], { encoding: 'utf8' });
    const dated = example.replace(/"(published|deadline|opening)": "[^"]*"/g, (_, which) =>
      `"${which}": "${text(which === 'published' ? opening - 86400 : opening)}"`);
    writeFileSync(at(`${name}.json`), dated);
    execFileSync(join(programs, 'bidseal'), ['tender', 'new', '--quiet', '--from', at(`${name}.json`), '--root', at('ca/root.crt'),
      '--intermediate', at('ca/issuing.crt'), '--platform-cert', at('platform/sign.crt'), '--platform-key', at('platform/sign.key'),
      '--platform-encrypt-cert', at('platform/enc.crt'), '--out', at(`${name}.tender`)]);
    return at(`${name}.tender`);
  };
  writeFileSync(at('secret'), 'a share of a bid');
  writeFileSync(at('enc.pem'), execFileSync('openssl', ['x509', '-in', join(folder, 'enc.crt'), '-noout', '-pubkey']));
  execFileSync('openssl', ['pkeyutl', '-encrypt', '-pubin', '-inkey', at('enc.pem'), '-in', at('secret'), '-out', at('wrap')]);
  const decrypt = () => phone(folder, 'decrypt', '--pin', pin, '--file', at('wrap'));
  const add = (file) => phone(folder, 'register', '--tender', file, '--file', at('wrap'));
  assert.match((await decrypt()).stderr, /cosign_not_registered/);
  const later = tender('later', now + 3600);
  assert.equal((await add(later)).code, 0);
  assert.match((await decrypt()).stderr, /not_open_yet/);
  assert.match((await add(tender('over', now - 10))).stderr, /tender_mismatch/);
  pass(3599);
  assert.match((await decrypt()).stderr, /not_open_yet/);
  pass(1);
  assert.deepEqual((await decrypt()).lines, ['decrypted 1']);
  assert.equal(readFileSync(at('wrap.open'), 'utf8'), 'a share of a bid');
  // Renewed: the old key opens what is registered, and signs nothing.
  const key = (await phone(folder, 'status')).lines[1].split(' ')[1];
  service.command('--test-clock', '--retire', key);
  assert.deepEqual((await decrypt()).lines, ['decrypted 1']);
  service.command('--test-clock', '--close', key);
  assert.match((await decrypt()).stderr, /cosign_state/);
});
