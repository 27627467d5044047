// The bridge check with the real bridge and the software UKey: every row in its states, the test signature, and
// a report that names nobody.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { type ErrorCode, errorTexts } from '../../../web/sdk/src/generated/errors.ts';
import { startBrowser, type TestBrowser } from '../lib/browser.ts';
import * as person from './drive.ts';
import { documentPicture, picture } from './pictures.ts';
import { usable } from './usable.ts';
import { PagesWorld, pin } from './world.ts';

/** What the browser itself notes when a bridge is gone, or does not let the page in. */
const noise = /ERR_CONNECTION_(REFUSED|RESET)|WebSocket connection|\/health' from origin .* blocked by CORS|ERR_FAILED|403 \(Forbidden\)/;
let world: PagesWorld;
let browser: TestBrowser;
let page: Page;

/** What each row says: state and finding. */
async function rows(): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const item of await page.$$('[data-row]')) {
    const [name, state, finding] = await Promise.all(['row', 'state', 'finding'].map((each) => item.getAttribute(`data-${each}`)));
    found[name ?? ''] = `${state} ${finding}`;
  }
  return found;
}

/** Waits until rows say this; tells all that they say instead. */
async function says(expected: Record<string, string>, timeout = 60_000): Promise<void> {
  const wanted = Object.entries(expected).map(([name, text]) => {
    const [state, finding] = text.split(' ');
    return `[data-row="${name}"][data-state="${state}"][data-finding="${finding}"]`;
  });
  await page
    .waitForFunction((selectors) => selectors.every((each) => document.querySelector(each) !== null), wanted, { timeout })
    .catch(() => undefined);
  const all = await rows();
  assert.deepEqual(Object.fromEntries(Object.keys(expected).map((name) => [name, all[name]])), expected, JSON.stringify(all));
}

const rowText = async (name: string): Promise<string> => (await page.textContent(`[data-row="${name}"]`)) ?? '';
const first = (): Promise<string | null> => page.getAttribute(person.test('summary'), 'data-first');

async function open(origin = world.server.origin): Promise<void> {
  page = await browser.open(`${origin}/doctor.html`);
}

/** Makes the test signature with these answers at the windows. */
async function sign(...answers: string[]): Promise<void> {
  world.daemon?.script(...answers);
  await page.click(person.test('sign'));
}

async function failsWith(code: ErrorCode, state: 'open' | 'bad'): Promise<void> {
  await says({ signature: `${state} failed` });
  const text = await rowText('signature');
  assert.ok(text.includes(errorTexts[code].zh) && text.includes(errorTexts[code].zhAction), text);
}

const report = async (): Promise<string> => (await page.textContent(person.test('report'))) ?? '';

describe('a page that the policy does not list', () => {
  before(async () => {
    world = await PagesWorld.start({ listed: false });
    browser = await startBrowser({ locale: 'zh-CN' });
    await browser.context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: world.server.origin });
  });

  beforeEach(() => open());

  afterEach(async () => {
    await page.close();
    const problems = browser.problems.splice(0);
    assert.deepEqual(problems.filter((each) => !noise.test(each)), [], 'the browser complains');
  });

  after(async () => {
    await browser?.close();
    await world?.close();
  });

  it('no bridge; then step by step until everything works', async () => {
    await says({
      browser: 'good suitable', permission: 'good unneeded', running: 'bad absent', current: 'later later',
      paired: 'later later', token: 'later later', certificate: 'later later', signature: 'later later',
    });
    assert.equal(await first(), 'running');
    assert.ok((await rowText('running')).includes(`${world.bridgePort}`));
    await usable(page, 'no bridge');
    await picture(page, 'doctor-1-absent');

    await world.startBridge();
    await page.click(person.test('check-again'));
    await says({ running: 'good running', current: 'good current', paired: 'open not_paired', token: 'later later' });
    assert.equal(await first(), 'paired');
    await picture(page, 'doctor-2-not-paired');
    world.daemon?.script('confirm ok 6');
    await page.click(person.test('bridge-pair'));
    const code = ((await page.textContent(person.test('bridge-code'))) ?? '').trim();
    await world.daemon?.shown(1);
    assert.ok(world.daemon?.windows()[0]?.['desc']?.includes(`Code: ${code}`));

    await says({ paired: 'good paired', token: 'good there', certificate: 'good valid', signature: 'open untried' });
    assert.equal(await first(), 'signature');
    assert.match(await rowText('certificate'), /东海建设有限公司/);
    await usable(page, 'untried');
    await picture(page, 'doctor-3-untried');

    await sign('confirm ok', `pin ${pin}`);
    await says({ signature: 'good works' });
    assert.equal(await first(), null);
    const [consent, asked] = world.daemon?.windows().slice(1) ?? [];
    assert.match(consent?.['desc'] ?? '', /BidSeal test/);
    assert.equal(asked?.['kind'], 'pin');
    assert.equal(world.daemon?.windows().length, 3, 'one consent and one PIN');
    await usable(page, 'all good');
    await picture(page, 'doctor-4-works');
    await documentPicture(page, 'doctor-en', 'en', 'header', 1120);
    await documentPicture(page, 'doctor-zh', 'zh', 'header', 1080);
  });

  it('the report: what was copied is what is shown, and it names nobody', async () => {
    await says({ signature: 'open untried' });
    await sign('confirm ok', `pin ${pin}`);
    await says({ signature: 'good works' });
    await page.click(person.test('copy-report'));
    await page.waitForSelector('[data-copied="yes"]');
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    const withoutTime = (text: string): string => text.replace(/^time: .*$/m, '').trim();
    assert.equal(withoutTime(copied), withoutTime(await report()));
    const version = execFileSync(join(process.env['BIDSEAL_BUILD'] ?? '', 'native/bin/bidseal-bridge'), ['--version'], { encoding: 'utf8' });
    for (const line of [
      `page: ${world.server.origin} `, 'running: good running', 'signature: good works', `ports: ${world.bridgePort} bridge`,
      `bridge version: ${version.trim().split(' ').at(-1)}`, 'methods missing: none', 'paired before: yes',
      'pin ok, tries 6 of 6, default pin no', 'signing: sm2 active ', 'test signature: sm2, ',
    ]) assert.ok(copied.includes(line), `${line} is not in\n${copied}`);
    assert.match(await rowText('certificate'), /东海建设有限公司/, 'the page itself knows the name');
    const certificate = readFileSync(join(world.keys, 'sign.crt'), 'utf8').replace(/-----.*?-----|\s/g, '');
    for (const secret of ['东海', 'donghai', '91310000MA1FL0XX0A', pin, certificate.slice(20, 60)]) {
      assert.ok(!copied.includes(secret), `${secret} is in the report`);
    }
    assert.doesNotMatch(copied, /serial|holder|subject|issuer|label/i);
  });

  it('the UKey pulled out and plugged in: the rows follow by themselves', async () => {
    await says({ token: 'good there' });
    world.daemon?.pullOut();
    await says({ token: 'bad none', certificate: 'later later', signature: 'later later', paired: 'good paired' });
    assert.equal(await first(), 'token');
    await picture(page, 'doctor-5-no-token');
    world.daemon?.plugIn();
    await says({ token: 'good there', certificate: 'good valid', signature: 'open untried' });
  });

  it('the bridge ends and comes again', async () => {
    await says({ token: 'good there' });
    await world.stopBridge();
    await says({ running: 'bad stopped', current: 'later later', paired: 'later later', token: 'later later' });
    assert.match(await rowText('running'), /说明安装过/);
    await world.startBridge();
    await page.click(person.test('check-again'));
    await says({ running: 'good running', paired: 'good paired', token: 'good there' });
  });

  it('a test signature that is refused, given up, and asked with a wrong PIN', async () => {
    await says({ signature: 'open untried' });
    await sign('confirm cancel');
    await failsWith('consent_refused', 'open');
    await sign('confirm hang');
    await page.waitForSelector('.stage');
    await page.click(person.test('cancel'));
    await failsWith('cancelled', 'open');
    await sign('confirm ok', 'pin 000000', 'pin cancel');
    await failsWith('pin_cancelled', 'open');
    assert.match(await rowText('signature'), /PIN 码剩余次数：5/);
    await says({ token: 'warn low' });
    assert.match(await rowText('token'), /PIN 码剩余次数：5/);
    await picture(page, 'doctor-6-wrong-pin');
    await sign('confirm ok', `pin ${pin}`);
    await says({ signature: 'good works', token: 'good there' });
  });

  it('certificates that end soon, have expired, and are not yet valid', async () => {
    const at = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().replace(/\.\d+Z/, 'Z');
    const own = join(world.keys, 'ukeys/donghai.ukey');
    const away = join(world.keys, 'donghai.away');
    const device = (name: string, from: number, until: number): void =>
      world.testCa('ukey', join(world.keys, 'ca'), '--name', `单位 ${name}`, '--code', '91310000MA1FL0XX0A', '--device', name,
        '--pin', pin, '--admin-pin', '24680135', '--kdf-iterations', '1000', '--not-before', at(from), '--not-after', at(until));
    await world.stopBridge();
    renameSync(own, away);
    const made: string[] = [];
    try {
      for (const [name, from, until, expected] of [
        ['expired', -50, -1, 'bad expired'],
        ['future', 5, 100, 'bad not_yet_valid'],
        ['soon', -50, 12.5, 'warn ends_soon'],
      ] as const) {
        // The best key speaks for the row: each one that is added is better than those before.
        device(name, from, until);
        made.push(name);
        await world.startBridge();
        await page.click(person.test('check-again'));
        await says({ token: 'good there', certificate: expected, signature: name === 'soon' ? 'open untried' : 'later later' });
        assert.equal(await page.locator('[data-key]').count(), made.length);
      }
      assert.match(await rowText('certificate'), /仅剩 12 天/);
      await picture(page, 'doctor-7-certificates');
    } finally {
      for (const name of made) rmSync(join(world.keys, `ukeys/${name}.ukey`));
      renameSync(away, own);
      await world.startBridge();
    }
  });

  it('another bridge in its place, and one that does not list the page', async () => {
    await says({ paired: 'good paired' });
    await world.startBridge(undefined, { state: join(world.folder, 'another') });
    await page.click(person.test('check-again'));
    await says({ running: 'good running', paired: 'bad changed', token: 'later later' });
    await picture(page, 'doctor-8-changed');
    world.daemon?.script('confirm ok 6');
    await page.click(person.test('bridge-pair'));
    await says({ paired: 'good paired', token: 'good there' });
    await world.startBridge(undefined, { origin: 'https://other.example' });
    await page.click(person.test('check-again'));
    await says({ running: 'bad refused', current: 'later later' });
    assert.ok((await rowText('running')).includes(world.server.origin));
    await picture(page, 'doctor-9-refused');
    });

  it('is reached from the bid maker when the bridge does not answer', async () => {
    await world.stopBridge();
    await page.goto(`${world.server.origin}/maker.html`);
    await person.trust(page, world.root);
    await person.importTender(page, world.makeTender('project', { deadline: 3600, opening: 7200 }));
    await person.step(page, 'key');
    await person.bridgeState(page, 'not_running');
    const [opened] = await Promise.all([browser.context.waitForEvent('page'), page.click(person.test('bridge-doctor'))]);
    await opened.waitForSelector('[data-row="running"][data-state="bad"]');
    await opened.close();
  });

  it('a locked UKey', async () => {
    await world.startBridge(undefined, { state: join(world.folder, 'another') });
    await page.click(person.test('check-again'));
    await says({ signature: 'open untried' });
    await sign('confirm ok', ...Array<string>(5).fill('pin 000000'), 'confirm ok', 'pin 000000');
    await failsWith('pin_locked', 'bad');
    await says({ token: 'bad blocked' });
  });
});

describe('a page of the public internet', () => {
  const host = 'tender.test';
  let origin: string;

  before(async () => {
    world = await PagesWorld.start({ tls: makeTls(host) });
    origin = `https://${host}:${world.server.port}`;
    await world.startBridge(undefined, { origin });
    browser = await startBrowser({
      locale: 'zh-CN',
      flags: [`--host-resolver-rules=MAP ${host} 127.0.0.1`, `--ip-address-space-overrides=127.0.0.1:${world.server.port}=public`],
    });
  });

  after(async () => {
    await browser?.close();
    await world?.close();
  });

  it('not asked yet: nothing is touched before the click; then allowed', async () => {
    await open(origin);
    await says({ permission: 'open prompt', running: 'later waiting', token: 'later later' });
    assert.equal(await first(), 'permission');
    assert.ok(!world.daemon?.log.includes('event=connected'));
    await usable(page, 'prompt');
    await picture(page, 'doctor-a-prompt');
    await browser.context.grantPermissions(['local-network-access'], { origin });
    await page.click(person.test('check-again'));
    await says({ permission: 'good granted', running: 'good running', paired: 'good paired', signature: 'open untried' });
    await page.close();
  });

  it('refused: says how to allow it in this browser, and not that the bridge does not run', async () => {
    await browser.context.clearPermissions();
    await browser.context.grantPermissions(['geolocation'], { origin }); // refuses all that is not on the list
    await open(origin);
    await says({ permission: 'bad denied', running: 'later unclear' });
    assert.equal(await first(), 'permission');
    assert.match((await page.textContent(person.test('grant'))) ?? '', /Chrome：.*Apps on device/);
    await picture(page, 'doctor-b-denied');
    await page.close();
  });
});

/** A certificate for a name that only this browser resolves. */
function makeTls(host: string): { key: Buffer; cert: Buffer } {
  const pem = execFileSync('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', `/CN=${host}`,
    '-addext', `subjectAltName=DNS:${host}`, '-days', '2', '-keyout', '-', '-out', '-',
  ], { stdio: ['ignore', 'pipe', 'ignore'] });
  return { key: pem, cert: pem };
}
