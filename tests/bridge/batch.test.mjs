// Batches: one consent and one PIN for a thousand documents, and what happens when the bridge is killed
// in the middle.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Daemon, makeWorld, origin, pin, removeFolder, removeWorld, scratchFolder } from './daemon.mjs';
import { Connection } from './ws-client.mjs';

const clock = '2026-05-15T00:00:00Z';

let world;
let state;
before(() => {
  world = makeWorld();
  state = scratchFolder('bidseal-state-');
});
after(() => {
  removeWorld(world);
  removeFolder(state);
});

const start = (...options) => Daemon.start(world, ['--test-clock', clock, '--windows-per-minute', '500', ...options], { state });

async function letIn(daemon, key) {
  const page = await Connection.open(daemon.port);
  await page.hello();
  if (key === undefined) page.key = await page.pair();
  else {
    const { error } = await page.prove(key);
    assert.equal(error, undefined);
    page.key = key;
  }
  return page;
}

function documents(count) {
  return Array.from({ length: count }, (_, i) => Buffer.from(`document ${i} ${randomBytes(8).toString('hex')}`));
}

async function terms(page, contents, changes = {}) {
  const { result } = await page.ask('certificates.list');
  return {
    key: result.keys[0].key, purpose: 'sign', input: 'message',
    items: contents.map((content, i) => ({ name: `${i}.pdf`, digest: createHash('sha256').update(content).digest('base64') })),
    ...changes,
  };
}

const numbers = (from, to) => Array.from({ length: to - from }, (_, i) => from + i);
const items = (contents, which) => which.map((item) => ({ item, message: contents[item].toString('base64') }));

/** openssl's opinion of a signature. */
function verifies(certificate, content, signature) {
  const files = { 'c.der': Buffer.from(certificate, 'base64'), 'm.bin': content, 's.der': Buffer.from(signature, 'base64') };
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(world, name), bytes);
  const openssl = (...words) => execFileSync('openssl', words, { cwd: world, stdio: ['ignore', 'pipe', 'pipe'] }).toString();
  writeFileSync(join(world, 'c.pub'), openssl('x509', '-inform', 'DER', '-in', 'c.der', '-noout', '-pubkey'));
  return /Verified OK/.test(openssl('dgst', '-sm3', '-verify', 'c.pub', '-sigopt', 'distid:1234567812345678', '-signature', 's.der', 'm.bin'));
}

test('a thousand documents with one consent and one PIN', async () => {
  const daemon = await start();
  try {
    const page = await letIn(daemon);
    const contents = documents(1000);
    daemon.script('confirm ok', `pin ${pin} 0`);
    const { result, error } = await page.ask('grant.open', await terms(page, contents), 60000);
    assert.equal(error, undefined);
    const signatures = new Map();
    let certificate;
    for (let at = 0; at < 1000; at += 100) {
      const answer = await page.ask('sign.messages', { grant: result.grant, items: items(contents, numbers(at, at + 100)) }, 60000);
      assert.equal(answer.error, undefined);
      certificate = answer.result.certificate;
      for (const { item, signature } of answer.result.signatures) signatures.set(item, signature);
    }
    assert.equal(signatures.size, 1000);
    for (const item of [0, 499, 999]) assert.ok(verifies(certificate, contents[item], signatures.get(item)));
    assert.deepEqual(daemon.windows().map((w) => w.kind), ['confirm', 'pin']);
    assert.match(daemon.windows()[0].desc, /SIGN DOCUMENTS[^]*Count: 1000/);
    page.close();
  } finally {
    await daemon.stop();
  }
});

test('killed in the middle of a batch, then taken up: nothing signed twice, nothing lost', async (t) => {
  const contents = documents(200);
  const batch = randomBytes(16).toString('base64');
  const got = new Map();
  const journal = () => {
    const folder = join(state, 'journal');
    const [name] = readdirSync(folder);
    return readFileSync(join(folder, name), 'utf8').trim().split('\n').slice(1).map((line) => JSON.parse(line));
  };
  let key;
  let certificate;
  let kills = 0;
  let daemon;
  t.after(() => daemon.stop('SIGKILL'));
  for (let round = 0; round < 4; ++round) {
    daemon = await start();
    const page = await letIn(daemon, key);
    key = page.key;
    daemon.script('confirm ok', `pin ${pin} 0`);
    const opened = await page.ask('grant.open', await terms(page, contents, { batch }), 60000);
    assert.equal(opened.error, undefined);
    const { grant, done, unsure } = opened.result;
    for (const item of got.keys()) assert.ok(done.includes(item), `item ${item} was lost`);
    assert.ok(unsure.length <= kills, `${unsure.length} in doubt after ${kills} kills`);
    if (round > 0) assert.match(daemon.windows()[0].desc, new RegExp(`Count: ${200 - done.length} of 200`));
    const take = async (which) => {
      const { result, error } = await page.ask('sign.messages', { grant, items: items(contents, which) }, 60000);
      assert.equal(error, undefined);
      certificate = result.certificate;
      for (const { item, signature } of result.signatures) {
        if (got.has(item)) assert.equal(signature, got.get(item), `item ${item} has two signatures`);
        got.set(item, signature);
      }
    };
    if (round < 3) {
      await take(numbers(round * 20, round * 20 + 20));
      // A request is under way when the bridge dies; what it signed was never given out.
      page.start('sign.messages', { grant, items: items(contents, numbers(round * 20 + 20, 200)) });
      const before = journal().length;
      while (journal().length < before + 10) await new Promise((r) => setTimeout(r, 2));
      await daemon.stop('SIGKILL');
      kills += 1;
    } else {
      for (let at = 0; at < 200; at += 50) await take(numbers(at, at + 50));
      const lines = journal();
      const made = lines.filter((line) => line.signature).map((line) => line.item);
      assert.equal(new Set(made).size, 200);
      assert.equal(made.length, 200, 'an item has two signatures in the journal');
      const begun = lines.filter((line) => !line.signature).length;
      assert.ok(begun <= 200 + kills, `${begun} signings were begun`);
      assert.equal((await page.ask('grant.close', { grant })).result.found, true);
      assert.deepEqual(readdirSync(join(state, 'journal')), []);
      await daemon.stop();
    }
  }
  assert.equal(got.size, 200);
  for (const item of [0, 25, 60, 199]) assert.ok(verifies(certificate, contents[item], got.get(item)));
});

test('the journal holds numbers, digests and signatures only', async () => {
  const daemon = await start();
  try {
    const page = await letIn(daemon);
    const contents = documents(3);
    daemon.script('confirm ok', `pin ${pin} 0`);
    const { result } = await page.ask('grant.open', await terms(page, contents, { batch: randomBytes(16).toString('base64') }));
    await page.ask('sign.messages', { grant: result.grant, items: items(contents, [0, 1]) });
    const folder = join(state, 'journal');
    const [name] = readdirSync(folder);
    const text = readFileSync(join(folder, name), 'utf8');
    for (const secret of [pin, origin, 'tender.example', '.pdf', 'document', '东海', '91310000MA1FL0XX0A']) {
      assert.ok(!text.includes(secret) && !name.includes(secret), secret);
    }
    page.close();
  } finally {
    await daemon.stop();
  }
});

test('pulled out in the middle of a batch: it ends, and does not come back by itself', async () => {
  const daemon = await start();
  try {
    const page = await letIn(daemon);
    const contents = documents(5);
    daemon.script('confirm ok', `pin ${pin} 0`);
    const { result } = await page.ask('grant.open', await terms(page, contents), 60000);
    assert.equal((await page.ask('sign.messages', { grant: result.grant, items: items(contents, [0]) })).error, undefined);
    daemon.pullOut();
    const ended = await page.wait((m) => m.event === 'grant.ended');
    assert.deepEqual(ended.data, { grant: result.grant, reason: 'token_removed' });
    daemon.plugIn();
    await page.wait((m) => m.event === 'token.added');
    assert.equal((await page.ask('sign.messages', { grant: result.grant, items: items(contents, [1]) })).error.code, 'grant_ended');
    page.close();
  } finally {
    await daemon.stop();
  }
});

test('a page that asks for a thousand PIN prompts gets few, one at a time', async () => {
  const daemon = await Daemon.start(world, ['--test-clock', clock], { state });
  try {
    const page = await letIn(daemon);
    const asked = await terms(page, documents(1));
    daemon.script('* confirm cancel 0');
    const began = Date.now();
    const codes = {};
    for (let i = 0; i < 1000; ++i) {
      const { error } = await page.ask('grant.open', asked);
      codes[error.code] = (codes[error.code] ?? 0) + 1;
    }
    // Twenty a minute: on a slow machine the thousand take longer than that.
    const minutes = Math.floor((Date.now() - began) / 60000);
    assert.ok(codes.consent_refused >= 20 && codes.consent_refused <= 20 * (minutes + 1), `${codes.consent_refused} windows`);
    assert.equal(codes.consent_refused + codes.too_many_requests, 1000);
    assert.equal(daemon.windows().length, codes.consent_refused);
    page.close();
  } finally {
    await daemon.stop();
  }
});
