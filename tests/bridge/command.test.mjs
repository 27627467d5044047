// bidseal-bridge status, doctor, list, policy and logs, beside a running daemon.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Daemon, library, makeWorld, origin, programs, removeFolder, removeWorld, scratchFolder } from './daemon.mjs';
import { Connection } from './ws-client.mjs';

let world;
let daemon;
let folder;
before(async () => {
  world = makeWorld();
  folder = scratchFolder('bidseal-command-');
  daemon = await Daemon.start(world);
});
after(async () => {
  await daemon.stop();
  removeWorld(world);
  removeFolder(folder);
});

function bridge(...words) {
  const done = spawnSync(join(programs, 'bidseal-bridge'), words, {
    encoding: 'utf8',
    timeout: 20000,
    env: { ...process.env, BIDSEAL_SOFTUKEY_DIR: join(world, 'ukeys'), HOME: '/nonexistent', XDG_CONFIG_HOME: '/nonexistent', DISPLAY: '', WAYLAND_DISPLAY: '', GPG_TTY: '/dev/tty' },
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

async function letIn(of = daemon) {
  const page = await Connection.open(of.port);
  await page.hello();
  await page.pair();
  return page;
}

test('status: running, and not', () => {
  const running = bridge('status', '--json', '--state-dir', daemon.state);
  assert.equal(running.code, 0, running.err);
  const { running: yes, pid, port, version } = JSON.parse(running.out);
  assert.deepEqual([yes, pid, port, version], [true, daemon.process.pid, daemon.port, '0.1.0']);
  const text = bridge('status', '--state-dir', daemon.state);
  assert.ok(text.out.startsWith(`running: version 0.1.0, port ${daemon.port}, process ${daemon.process.pid}`));
  const other = bridge('status', '--state-dir', join(folder, 'none'));
  assert.deepEqual([other.code, other.out], [3, 'not running\n']);
});

test('list: tokens and certificates, without a PIN', () => {
  const { code, out } = bridge('list', '--json', '--token-library', library);
  assert.equal(code, 0);
  const { keys } = JSON.parse(out);
  assert.equal(keys.length, 1);
  assert.match(keys[0].signing, /东海建设有限公司/);
  assert.match(bridge('list', '--token-library', library).out, /PIN tries left: 6[^]*signing[^]*encryption/);
});

test('doctor: what works, and what to do', async () => {
  const words = ['--state-dir', daemon.state, '--token-library', library, '--allow-origin', origin, '--pinentry', '/usr/bin/pinentry-curses'];
  const good = bridge('doctor', '--json', ...words);
  const checks = Object.fromEntries(JSON.parse(good.out).checks.map(({ check, verdict, text }) => [check, { verdict, text }]));
  assert.equal(good.code, 0, good.out);
  assert.deepEqual(Object.keys(checks), ['state', 'daemon', 'pages', 'windows', 'font', 'tokens']);
  assert.equal(checks.daemon.text, `version 0.1.0 at port ${daemon.port}`);
  assert.equal(checks.windows.text, '/usr/bin/pinentry-curses (curses)');
  assert.equal(checks.tokens.verdict, 'ok');
  const bad = bridge('doctor', '--json', '--state-dir', join(folder, 'fresh'), '--pinentry', '/bin/false');
  assert.equal(bad.code, 1);
  const verdicts = Object.fromEntries(JSON.parse(bad.out).checks.map(({ check, verdict }) => [check, verdict]));
  assert.deepEqual([verdicts.daemon, verdicts.pages, verdicts.windows, verdicts.tokens], ['failed', 'failed', 'failed', 'failed']);
});

test('policy list and revoke: the page is out at once', async () => {
  const page = await letIn();
  assert.equal((await page.ask('tokens.list')).error, undefined);
  const listed = JSON.parse(bridge('policy', 'list', '--json', '--state-dir', daemon.state).out).pairings;
  assert.ok(listed.length >= 1);
  assert.equal(listed[0].origin, origin);
  assert.equal(listed[0].preloaded, true);
  assert.match(bridge('policy', 'list', '--state-dir', daemon.state).out, new RegExp(`${listed[0].id} .*${origin}  \\(by policy\\)`));
  assert.equal(bridge('policy', 'revoke', '0000000000000000', '--state-dir', daemon.state).code, 1);
  const revoked = bridge('policy', 'revoke', origin, '--state-dir', daemon.state);
  assert.deepEqual([revoked.code, revoked.out], [0, `${listed.length} revoked\n`]);
  assert.equal((await page.ask('tokens.list')).error.code, 'not_paired');
  page.close();
});

test('policy sign and check; a daemon serves the pages of a signed policy', async () => {
  const policy = join(folder, 'policy.p7s');
  const words = ['policy', 'sign', '--number', '5', '--expires', '2036-01-01T00:00:00Z', '--preload', 'https://organisation.example',
    '--origin', 'https://asked.example', '--key', join(world, 'platform/sign.key'), '--certificate', join(world, 'platform/sign.crt'),
    '--chain', join(world, 'issuing.crt'), '--out', policy];
  const signed = bridge(...words);
  assert.equal(signed.code, 0, signed.err);
  const checked = bridge('policy', 'check', policy, '--root', join(world, 'root.crt'));
  assert.equal(checked.code, 0, checked.err);
  assert.match(checked.out, /^number 5, [^]*page +https:\/\/asked\.example\npreloaded +https:\/\/organisation\.example\n$/);
  assert.equal(bridge('policy', 'sign', ...words.slice(2).map((w) => (w === 'https://asked.example' ? 'http://asked.example' : w))).code, 2);

  const organisation = await Daemon.start(undefined, ['--signed-policy', policy, '--policy-root', join(world, 'root.crt')]);
  try {
    const page = await Connection.open(organisation.port, { origin: 'https://organisation.example' });
    await page.hello();
    await page.pair();
    assert.deepEqual((await page.ask('tokens.list')).result, { tokens: [] });
    page.close();
    const asked = await Connection.open(organisation.port, { origin: 'https://asked.example' });
    await asked.hello();
    await assert.rejects(asked.pair(), /policy_refused/);
    asked.close();
    await assert.rejects(Connection.open(organisation.port, { origin: 'https://evil.example' }), /403/);
  } finally {
    await organisation.stop();
  }
  writeFileSync(policy, 'changed');
  const without = await Daemon.start(undefined, ['--signed-policy', policy, '--policy-root', join(world, 'root.crt')]);
  try {
    await assert.rejects(Connection.open(without.port, { origin: 'https://organisation.example' }), /403/);
    assert.match(without.log, /event=policy error=signature_format/);
  } finally {
    await without.stop();
  }
});

test('logs: what happened, for this user alone', () => {
  const { code, out } = bridge('logs', '-n', '500', '--state-dir', daemon.state);
  assert.equal(code, 0);
  assert.match(out, /event=listening port=/);
  assert.match(out, /event=request connection=\d+ method=pair.confirm outcome=ok/);
  assert.equal(bridge('logs', '-n', '2', '--state-dir', daemon.state).out.trim().split('\n').length, 2);
  assert.equal(statSync(join(daemon.state, 'bridge.log')).mode & 0o777, 0o600);
  assert.ok(!out.includes('东海') && !out.includes('91310000MA1FL0XX0A'));
});

test('wrong words are refused', () => {
  for (const words of [['policy', 'dance'], ['status', 'now'], ['logs', '-n', 'x'], ['policy', 'revoke'], ['policy', 'sign']]) {
    assert.equal(bridge(...words, '--state-dir', daemon.state).code, 2, words.join(' '));
  }
});
