// A page and a phone meet in bidseal-cloud: over real WebSockets and HTTP, through restarts.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { join } from 'node:path';
import { Page, Service, enrolled, makeWorld, opensslVerifies, phone, pin, removeWorld, wait } from './service.mjs';

let world, service, folder, trust;

before(async () => {
  world = makeWorld();
  service = await new Service(world).start();
  folder = await enrolled(service, { company: '东海建设有限公司' });
  trust = ['--trust', join(world, 'ca/root.crt'), '--trust', join(world, 'ca/issuing.crt')];
});
after(async () => {
  await service.stop();
  removeWorld(world);
});

const scan = (code, ...words) => phone(folder, 'scan', '--code', code, '--pin', pin, ...trust, ...words);

function checkSignatures(signatures, count) {
  assert.equal(signatures.length, count);
  const certificate = join(folder, 'sign.crt');
  for (const index of [0, count - 1]) {
    assert.ok(opensslVerifies(world, certificate, `document ${index}`, signatures[index]), `document ${index}`);
    assert.ok(!opensslVerifies(world, certificate, `document ${index}x`, signatures[index]));
  }
}

test('one scan signs a batch, and OpenSSL verifies it under the test CA\'s certificate', async () => {
  const page = await Page.open(service, 'sign_documents', 30);
  const run = scan(await page.start());
  checkSignatures(await page.answered(), 30);
  assert.match(await page.seen('scanned'), /^scanned \d\d$/);
  assert.equal(await page.seen('named'), 'named 王工');
  const done = await run;
  assert.deepEqual(done.lines.map((line) => line.split(' ')[0]), ['claimed', 'asked', 'answered', 'ended']);
  assert.equal(done.code, 0);
  assert.equal(await page.seen('ended'), 'ended ok');
});

test('a scan brings signing and encryption certificate to the page', async () => {
  const page = await Page.open(service, 'certificates', 0);
  const run = scan(await page.start());
  const certificates = await page.answered();
  assert.equal(certificates.length, 2);
  assert.notDeepEqual(certificates[0], certificates[1]);
  await run;
});

test('the service is killed twice in the middle, and the same session goes on', async () => {
  const page = await Page.open(service, 'sign_documents', 3);
  await page.start();
  await service.restart('SIGKILL');
  await page.reconnect();
  const run = scan(await page.nextCode(), '--slow', '3');
  await page.seen('scanned');
  await wait(1000);
  await service.restart('SIGKILL');
  await page.reconnect();
  checkSignatures(await page.answered(), 3);
  assert.equal((await run).code, 0);
  assert.match(service.command('--verify-audit'), /^cosign \d+ [0-9a-f]{64}\nenrol \d+ [0-9a-f]{64}\n$/);
});

test('a restart by SIGTERM ends cleanly and loses nothing', async () => {
  const page = await Page.open(service, 'sign_documents', 2);
  await page.start();
  assert.deepEqual(await service.stop(), { code: 0, signal: null });
  await service.start();
  await page.reconnect();
  const run = scan(await page.nextCode());
  checkSignatures(await page.answered(), 2);
  await run;
});

test('refused on the phone: the page hears it', async () => {
  const page = await Page.open(service);
  const run = scan(await page.start(), '--refuse');
  assert.equal(await page.seen('ended'), 'ended session_refused');
  assert.equal((await run).lines.at(-1).split(' ')[0], 'ended');
});

test('two phones race for one code: one wins, the other is told', async () => {
  const other = await enrolled(service);
  const page = await Page.open(service);
  const code = await page.start();
  const runs = await Promise.all([scan(code), phone(other, 'scan', '--code', code, '--pin', pin, ...trust)]);
  const ends = runs.map((run) => run.lines.at(-1)).sort();
  assert.deepEqual(ends, ['ended', 'ended session_taken']);
  assert.equal((await page.answered()).length, 2);
});

test('a copied code that is too old is refused, the one shown now is not', async () => {
  const page = await Page.open(service);
  const first = await page.start();
  await wait(12500);
  assert.equal((await scan(first)).lines.at(-1), 'ended session_code_old');
  const run = scan(await page.nextCode());
  assert.equal((await page.answered()).length, 2);
  await run;
});

test('a phone that vanishes: the page says so', async () => {
  const page = await Page.open(service);
  const run = await scan(await page.start(), '--vanish');
  assert.deepEqual(run.lines, ['claimed sign_documents']);
  assert.equal(await page.seen('silent', 40000), 'silent yes');
  page.close();
});

test('wrong PINs before the right one: the tries are told, the session goes on', async () => {
  const page = await Page.open(service);
  const run = scan(await page.start(), '--wrong-pins', '2');
  assert.equal((await page.answered()).length, 2);
  const lines = (await run).lines;
  assert.deepEqual(lines.filter((line) => line.startsWith('cosign')), ['cosign_pin_wrong 8', 'cosign_pin_wrong 7']);
});

test('three wrong PINs: the page hears a refusal, and a killed service still knows of the pause', async () => {
  const own = await enrolled(service);
  const page = await Page.open(service);
  const run = phone(own, 'scan', '--code', await page.start(), '--pin', pin, ...trust, '--wrong-pins', '3');
  assert.equal(await page.seen('ended'), 'ended session_refused');
  assert.deepEqual((await run).lines.filter((line) => line.startsWith('cosign') || line.startsWith('failed')),
    ['cosign_pin_wrong 8', 'cosign_pin_wrong 7', 'cosign_pin_wrong 6', 'failed cosign_pin_paused']);
  await service.restart('SIGKILL');
  const state = (await phone(own, 'status')).lines;
  assert.match(state[0], /^signing .* tries 6 before pause 3 paused until \d{10}$/);
  assert.match(state[1], /^encryption .* tries 9 before pause 3 paused until 0$/);
  const signing = await phone(own, 'sign', '--pin', pin, '--file', join(world, 'platform/sign.crt'));
  assert.equal(signing.code, 1);
  assert.match(signing.stderr, /cosign_pin_paused/);
});

test('neither the hub\'s database nor the log shows what was signed or by whom', async () => {
  const { readFileSync, readdirSync } = await import('node:fs');
  const files = readdirSync(service.state).filter((name) => name.includes('sqlite'));
  assert.ok(files.includes('hub.sqlite') && files.includes('cosign.sqlite'));
  for (const name of files) {
    const content = readFileSync(join(service.state, name), 'latin1');
    for (const word of ['document 1', 'tender.example', 'SBID1-request', 'BSK1', 'BSO1'])
      assert.ok(!content.includes(word), `${word} in ${name}`);
  }
  for (const word of ['document', '王工', '+86', pin]) assert.ok(!service.log.includes(word), word);
});
