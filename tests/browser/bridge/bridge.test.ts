// Page, SDK, bridge and software UKey together, over the real WebSocket; the person at the windows is
// a script.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { Daemon, freePort, makeWorld as makeKeys, pin, removeWorld } from '../../bridge/daemon.mjs';
import * as documents from '../lib/fixtures/documents.ts';
import type { KeyFiles } from '../lib/openssl-ca.ts';
import { type Outcome, SdkPage } from '../lib/sdk-page.ts';
import { makeTender } from '../lib/tender.ts';

let keys: string;
let folder: string;
let sdk: SdkPage;
let daemon: Daemon;

const envelopes = {
  qualification: [{ slot: 'licence', path: '营业执照.pdf', from: 'basic', index: 0 }],
  technical: [{ slot: 'plan', path: '施工组织设计.docx', from: 'basic', index: 1 }],
  price: [{ slot: 'list', path: '分项报价表.xlsx', from: 'basic', index: 2 }],
};

function der(path: string): Buffer {
  return execFileSync('openssl', ['x509', '-in', path, '-outform', 'DER']);
}

function keyFiles(name: string): KeyFiles {
  return {
    certificate: der(`${name}.crt`),
    privateKey: execFileSync('openssl', ['pkcs8', '-topk8', '-nocrypt', '-in', `${name}.key`, '-outform', 'DER']),
  };
}

function startDaemon(options: string[] = []): Promise<Daemon> {
  return Daemon.start(keys, [
    '--development', '--preload-origin', sdk.server.origin, '--trust', join(keys, 'root.crt'),
    '--windows-per-minute', '500', ...options,
  ], { state: join(keys, 'bridge-state') });
}

function mustWork(outcome: Outcome): NonNullable<Outcome['value']> {
  assert.equal(outcome.error, undefined, JSON.stringify(outcome.error));
  return outcome.value;
}

before(async () => {
  keys = makeKeys();
  folder = mkdtempSync(join(tmpdir(), 'bidseal-page-'));
  const platform = { signing: keyFiles(join(keys, 'platform/sign')), encryption: keyFiles(join(keys, 'platform/enc')) };
  const ca = { certificate: der(join(keys, 'root.crt')), intermediates: [der(join(keys, 'issuing.crt'))] };
  const tender = await makeTender(ca, platform);
  sdk = await SdkPage.start({ world: { folder, ca, companies: {}, tender } });
  const files: [string, Buffer][] = [
    ['licence.pdf', documents.pdf('licence')],
    ['plan.docx', documents.docx('施工组织设计')],
    ['list.xlsx', documents.xlsx(50)],
  ];
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
  await sdk.giveFiles('basic', files.map(([name]) => join(folder, name)));
});

after(async () => {
  await daemon?.stop();
  await sdk.close();
  removeWorld(keys);
  rmSync(folder, { recursive: true, force: true });
});

it('says within three seconds that no bridge runs', async () => {
  const start = performance.now();
  assert.deepEqual(await sdk.call('bridge', [await freePort()]), { state: 'not_running' });
  assert.ok(performance.now() - start < 3000);
  sdk.browser.problems.length = 0; // the browser itself notes refused connections
});

it('finds the bridge and the UKey', async () => {
  daemon = await startDaemon();
  const status = (await sdk.call('bridge', [daemon.port])) as { state: string; retriesLeft: number };
  assert.equal(status.state, 'ready');
  assert.equal(status.retriesLeft, 6);
  const key = mustWork(await sdk.attempt('bridgeKey'));
  assert.equal(key.holder, '东海建设有限公司');
  assert.equal(key.creditCode, '91310000MA1FL0XX0A');
  assert.equal(key.pinState, 'ok');
});

it('a refused consent and a wrong PIN are told as such; nothing is kept', async () => {
  daemon.script('confirm cancel');
  const refused = await sdk.attempt('pack', { name: 'refused', signer: 'bridge', envelopes });
  assert.equal(refused.error?.code, 'consent_refused');
  daemon.script('confirm ok', 'pin 000000', 'pin cancel'); // the bridge asks again after a wrong PIN
  const wrong = await sdk.attempt('pack', { name: 'wrong', signer: 'bridge', envelopes });
  assert.equal(wrong.error?.code, 'pin_cancelled');
  assert.equal(wrong.error?.retriesLeft, 5);
  assert.equal(((await sdk.call('bridgeStatus')) as { state: string }).state, 'pin_low');
  assert.deepEqual(((await sdk.call('privateFiles')) as string[]).filter((file) => file.startsWith('bidseal/')), []);
});

it('packs a bid with one consent and one PIN', async () => {
  const before = daemon.windows().length;
  daemon.script('confirm ok', `pin ${pin}`);
  const packed = mustWork(await sdk.attempt('pack', { name: 'bid', signer: 'bridge', envelopes }));
  assert.equal(packed.index.supplierName, '东海建设有限公司');
  assert.equal(daemon.windows().length - before, 2);
  const stages = (await sdk.call('stages')) as string[];
  assert.deepEqual(stages.filter((stage) => stage !== 'queued'), ['consent', 'pin', 'token']);
  const verified = mustWork(await sdk.attempt('verify', 'bid'));
  assert.deepEqual(verified.fingerprint, packed.fingerprint);
});

/** Keeps the page's only thread busy, as drawing a long list does. */
const blockPage = (milliseconds: number): Promise<void> =>
  sdk.page.evaluate((each) => {
    for (const end = performance.now() + each; performance.now() < end; );
  }, milliseconds);

it('the PIN window stands for 35 s, the tab in the background and the page busy: the bid is signed all the same', async () => {
  daemon.script('confirm ok', `pin ${pin} 35`);
  const shown = daemon.windows().length;
  const packing = sdk.attempt('pack', { name: 'patient', signer: 'bridge', envelopes });
  await daemon.shown(shown + 2, 60_000);
  const front = await sdk.browser.open('about:blank');
  await front.bringToFront();
  for (let i = 0; i < 4; i += 1) {
    await blockPage(4000);
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
  assert.match(((await sdk.call('bridgeStatus')) as { state: string }).state, /ready|pin_low/, 'the bridge answers meanwhile');
  mustWork(await packing);
  await front.close();
});

it('a page that is busy while it connects does not take the bridge for absent', async () => {
  const connecting = sdk.call('bridge', [daemon.port]) as Promise<{ state: string }>;
  await blockPage(5000);
  assert.match((await connecting).state, /ready|pin_low/);
  // Longer than any timer of the client, from the very moment of connecting.
  const state = await sdk.page.evaluate(async (port) => {
    const { harness } = globalThis as unknown as { harness: { bridge(ports: number[]): Promise<{ state: string }> } };
    const result = harness.bridge([port]);
    for (const end = performance.now() + 5000; performance.now() < end; );
    return (await result).state;
  }, daemon.port);
  assert.match(state, /ready|pin_low/);
  mustWork(await sdk.attempt('bridgeKey'));
});

it('rehearses', async () => {
  daemon.script('confirm ok', `pin ${pin}`);
  const { envelopes: tried } = mustWork(await sdk.attempt('rehearse', 'bid', 'bridge'));
  assert.deepEqual(
    tried.map((each: { id: string; opensEnvelope: boolean }) => [each.id, each.opensEnvelope]),
    [['qualification', true], ['technical', true], ['price', true]],
  );
});

it('does not open before the opening time', async () => {
  daemon.script('confirm ok', `pin ${pin}`);
  assert.equal((await sdk.attempt('open', 'bid', { who: 'bridge' })).error?.code, 'not_open_yet');
});

it('gives up when the user cancels in the page', async () => {
  const before = daemon.windows().length;
  daemon.script('confirm hang');
  const packing = sdk.attempt('pack', { name: 'cancelled', signer: 'bridge', envelopes });
  await daemon.shown(before + 1);
  await sdk.call('cancel');
  assert.equal((await packing).error?.code, 'cancelled');
});

it('sees the UKey pulled out and plugged in', async () => {
  daemon.pullOut();
  await sdk.until('sawNoToken');
  assert.equal(((await sdk.call('bridgeStatus')) as { state: string }).state, 'no_token');
  daemon.plugIn();
  await sdk.until('sawTokenAgain');
});

it('opens after the opening time, to the same bytes', async () => {
  await daemon.stop();
  const later = new Date(Date.now() + 9 * 86_400_000).toISOString().replace(/\.\d+Z/, 'Z');
  daemon = await startDaemon(['--test-clock', later]);
  assert.match(((await sdk.call('bridge', [daemon.port])) as { state: string }).state, /ready|pin_low/);
  mustWork(await sdk.attempt('bridgeKey'));
  daemon.script('confirm ok', `pin ${pin}`);
  const opened = mustWork(await sdk.attempt('open', 'bid', { who: 'bridge' }));
  assert.equal(opened.envelopes.length, 3);
  for (const [id, places] of Object.entries(envelopes)) {
    assert.deepEqual(await sdk.call('compare', id, places), []);
  }
});

it('the PIN stands nowhere in the log', () => {
  assert.ok(daemon.log.length > 0);
  assert.ok(!daemon.log.includes(pin));
});
