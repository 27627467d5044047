// Pairing over real sockets: the window's code, proofs, and what an attacker tries.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Daemon, freePort, programs } from './daemon.mjs';
import { daemonProofFits, PageKey } from './page-key.mjs';
import { Connection } from './ws-client.mjs';

const asked = 'https://asked.example';
const other = 'https://other.example';

let daemon;
before(async () => {
  daemon = await Daemon.start(undefined, ['--allow-origin', asked, '--allow-origin', other, '--windows-per-minute', '100']);
});
after(() => daemon.stop());

async function greeted(of = daemon, origin = asked) {
  const page = await Connection.open(of.port, { origin });
  await page.hello();
  return page;
}

async function pairWithWindow(page, key, answer = 'confirm ok', of = daemon) {
  const attempt = key.attempt(page.greeting);
  const { result } = await page.ask('pair.begin', attempt.begin);
  assert.equal(result.window, true);
  of.script(answer);
  return { code: attempt.codeWith(result.secret), answer: await page.ask('pair.confirm', attempt.confirm) };
}

const tokens = async (page) => {
  const { result, error } = await page.ask('tokens.list');
  return error?.code ?? result.tokens.length;
};

test('the window shows the page and the code that the page shows; then the page is known', async () => {
  const key = new PageKey();
  const page = await greeted();
  assert.ok(daemonProofFits(page.greeting, page.daemonProof));
  assert.equal(await tokens(page), 'not_paired');
  const { code, answer } = await pairWithWindow(page, key);
  assert.equal(answer.error, undefined);
  const { kind, desc, ok } = daemon.windows().at(-1);
  assert.equal(kind, 'confirm');
  assert.equal(ok, 'The codes are equal');
  assert.ok(desc.startsWith('https://asked.example asks to be PAIRED'), desc);
  assert.ok(desc.includes(`Code: ${code.slice(0, 3)} ${code.slice(3)}`), desc);
  assert.equal(await tokens(page), 0);

  const again = await greeted();
  assert.equal(again.greeting.daemonKey.toString('hex'), page.greeting.daemonKey.toString('hex'));
  assert.equal((await again.prove(key)).result.pairing, answer.result.pairing);
  assert.equal(await tokens(again), 0);
  page.close();
  again.close();
});

test('refused in the window, or approved too quickly and then refused: not paired', async () => {
  const page = await greeted();
  assert.equal((await pairWithWindow(page, new PageKey(), 'confirm cancel 0')).answer.error.code, 'consent_refused');
  const before = daemon.windows().length;
  daemon.script('confirm ok 0.1', 'confirm cancel 0');
  const attempt = new PageKey().attempt(page.greeting);
  await page.ask('pair.begin', attempt.begin);
  daemon.script('confirm ok 0.1', 'confirm cancel 0');
  assert.equal((await page.ask('pair.confirm', attempt.confirm)).error.code, 'consent_refused');
  assert.equal(daemon.windows().length, before + 2);
  assert.equal(await tokens(page), 'not_paired');
  page.close();
});

test('a stolen pairing key opens nothing from another origin', async () => {
  const key = new PageKey();
  const page = await greeted();
  await pairWithWindow(page, key);
  const thief = await greeted(daemon, other);
  assert.equal((await thief.prove(key)).error.code, 'not_paired');
  thief.greeting = { ...thief.greeting, origin: asked };
  assert.equal((await thief.prove(key)).error.code, 'not_paired');
  assert.equal(await tokens(thief), 'not_paired');
  page.close();
  thief.close();
});

test('a proof that was seen is worth nothing on another connection', async () => {
  const key = new PageKey();
  const page = await greeted();
  await pairWithWindow(page, key);
  const [first, second] = [await greeted(), await greeted()];
  const seen = key.proveParams(first.greeting);
  assert.equal((await second.ask('pair.prove', seen)).error.code, 'not_paired');
  assert.equal((await first.ask('pair.prove', seen)).error, undefined);
  for (const each of [page, first, second]) each.close();
});

test('the code cannot be guessed: one secret for each attempt, bound before the bridge speaks', async () => {
  const page = await greeted();
  const key = new PageKey();
  const before = daemon.windows().length;
  const codes = new Set();
  for (let i = 0; i < 5; ++i) {
    const [attempt, wanted] = [key.attempt(page.greeting), key.attempt(page.greeting)];
    const { result } = await page.ask('pair.begin', attempt.begin);
    codes.add(attempt.codeWith(result.secret));
    assert.equal((await page.ask('pair.confirm', wanted.confirm)).error.code, 'message_invalid');
    assert.equal((await page.ask('pair.confirm', attempt.confirm)).error.code, 'message_invalid');
  }
  assert.equal(codes.size, 5);
  assert.equal(daemon.windows().length, before);
  page.close();
});

test('a page that shows no code is paired only where the policy lists it', async () => {
  const page = await greeted();
  const attempt = new PageKey().attempt(page.greeting, false);
  assert.equal((await page.ask('pair.begin', attempt.begin)).error.code, 'policy_refused');
  page.close();
});

test('a program in between cannot pass as the daemon: host, key and nonces are signed', async () => {
  // It listens where pages look, and hands everything to the real bridge elsewhere.
  const squatter = createServer((from) => {
    const to = connect(daemon.port, '127.0.0.1');
    from.on('data', (d) => to.write(d));
    to.on('data', (d) => from.write(d));
    for (const each of [from, to]) each.on('error', () => {}).on('close', () => (from.destroy(), to.destroy()));
  });
  const port = await new Promise((resolve) => squatter.listen(0, '127.0.0.1', () => resolve(squatter.address().port)));
  // As it stands the real bridge refuses the Host; rewritten, the proof is for another host.
  await assert.rejects(Connection.open(port, { origin: asked }), /403/);
  const rewritten = await Connection.open(port, { origin: asked, hostHeader: `127.0.0.1:${daemon.port}` });
  await rewritten.hello();
  assert.ok(daemonProofFits({ ...rewritten.greeting, host: `127.0.0.1:${daemon.port}` }, rewritten.daemonProof));
  assert.ok(!daemonProofFits(rewritten.greeting, rewritten.daemonProof));
  rewritten.close();
  squatter.close();
});

test('key and pairings outlive a restart; the folder is for this user alone', async () => {
  const state = join(daemon.scratch, 'kept');
  const first = await Daemon.start(undefined, [], { state });
  const page = await Connection.open(first.port);
  await page.hello();
  const key = await page.pair();
  const { daemonKey } = page.greeting;
  await first.stop('SIGKILL');
  assert.equal(statSync(state).mode & 0o777, 0o700);
  for (const name of readdirSync(state)) assert.equal(statSync(join(state, name)).mode & 0o77, 0, name);
  const second = await Daemon.start(undefined, [], { state });
  try {
    const again = await Connection.open(second.port);
    await again.hello();
    assert.deepEqual(again.greeting.daemonKey, daemonKey);
    assert.equal((await again.prove(key)).error, undefined);
    again.close();
  } finally {
    await second.stop();
  }
});

test('one bridge for each user', async () => {
  const second = spawnSync(join(programs, 'bidseal-bridge'), ['--port', String(await freePort()), '--state-dir', daemon.state], {
    encoding: 'utf8',
    timeout: 10000,
  });
  assert.equal(second.status, 1);
  assert.match(second.stderr, /another bridge of this user is running/);
});

test('nothing of keys, codes or pages stands in the log', () => {
  const [, code] = /Code: (\d{3} \d{3})/.exec(daemon.windows()[0].desc);
  assert.ok(!daemon.log.includes(code.replace(' ', '')));
  // A refused page is named, so that its author can see why; others are not.
  const lines = daemon.log.split('\n').filter((line) => !line.includes('event=refused'));
  assert.ok(lines.length > 20 && !lines.some((line) => line.includes('asked.example')));
});
