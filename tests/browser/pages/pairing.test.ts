// A page that the bridge's policy does not list: the person compares six digits once, by the page's button and
// the bridge's window.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { after, afterEach, before, it } from 'node:test';
import type { Page } from 'playwright-core';
import { programs } from '../../bridge/daemon.mjs';
import { type ErrorCode, errorTexts } from '../../../web/sdk/src/generated/errors.ts';
import { startBrowser, type TestBrowser } from '../lib/browser.ts';
import * as person from './drive.ts';
import { PagesWorld } from './world.ts';

/** What the browser itself notes when a bridge is gone, or does not let the page in. */
const noise = /ERR_CONNECTION_(REFUSED|RESET)|WebSocket connection|\/health' from origin .* blocked by CORS|ERR_FAILED|403 \(Forbidden\)/;
let world: PagesWorld;
let browser: TestBrowser;
let tender: string;
let page: Page;

/** The bid maker at the step that asks for the UKey. */
async function keyStep(): Promise<void> {
  page = await browser.open(`${world.server.origin}/maker.html`);
  await person.importTender(page, tender);
  await person.step(page, 'key');
}

/** Presses the button; gives the code of the page and the text of the window that it raised. */
async function pair(answer: string): Promise<{ code: string; window: string }> {
  const shown = world.daemon?.windows().length ?? 0;
  world.daemon?.script(answer);
  await page.click(person.test('bridge-pair'));
  const code = ((await page.textContent(person.test('bridge-code'))) ?? '').trim();
  await world.daemon?.shown(shown + 1);
  return { code, window: world.daemon?.windows().at(-1)?.['desc'] ?? '' };
}

async function shows(code: ErrorCode): Promise<void> {
  await page.waitForSelector(`[data-error="${code}"]`, { timeout: 20_000 });
  assert.equal((await person.errorTexts(page)).action, errorTexts[code].zhAction);
}

const policy = (...words: string[]): string =>
  execFileSync(join(programs, 'bidseal-bridge'), ['policy', ...words, '--state-dir', world.state], { encoding: 'utf8' });

before(async () => {
  world = await PagesWorld.start({ listed: false });
  tender = world.makeTender('project', { deadline: 3600, opening: 7200 });
  await world.startBridge();
  browser = await startBrowser({ locale: 'zh-CN' });
  page = await browser.open(`${world.server.origin}/maker.html`);
  await person.trust(page, world.root);
  await page.close();
});

afterEach(async () => {
  await page.close();
  const problems = browser.problems.splice(0).filter((each) => !noise.test(each));
  assert.deepEqual(problems, [], 'the browser complains');
});

after(async () => {
  await browser?.close();
  await world?.close();
});

it('before pairing the page learns nothing of the UKey', async () => {
  await keyStep();
  await person.bridgeState(page, 'not_paired');
  assert.equal(await page.$(person.test('key')), null);
  assert.equal(await page.$(person.test('bridge-connect')), null, 'one button, not two');
});

it('refused in the window: the page says so and offers it again', async () => {
  await keyStep();
  await person.bridgeState(page, 'not_paired');
  await pair('confirm cancel 6');
  await shows('consent_refused');
  assert.equal(await page.$(person.test('bridge-code')), null);
  assert.ok(await page.isEnabled(person.test('bridge-pair')));
  assert.equal(await page.$(person.test('key')), null);
});

it('page and window show the same six digits; then the UKey is there', async () => {
  await keyStep();
  await person.bridgeState(page, 'not_paired');
  const { code, window } = await pair('confirm ok 6');
  assert.match(code, /^\d{3} \d{3}$/);
  assert.ok(window.includes(`Code: ${code}`), `${code} is not in: ${window}`);
  assert.ok(window.includes(world.server.origin), window);
  await person.bridgeState(page, 'ready', 60_000);
  await page.waitForSelector(person.test('key'));
  assert.equal(await page.$(person.test('bridge-code')), null);
});

it('the next page and the bridge after a restart know each other without a window', async () => {
  await world.startBridge();
  await keyStep();
  await person.bridgeState(page, 'ready', 60_000);
  assert.deepEqual(world.daemon?.windows(), []);
});

it('revoked: the page is to be paired anew, and can be', async () => {
  assert.match(policy('revoke', world.server.origin), /^1 revoked/);
  await keyStep();
  await person.bridgeState(page, 'not_paired');
  await pair('confirm ok 6');
  await person.bridgeState(page, 'ready', 60_000);
});

it('another bridge in its place: nothing is told to it before the user says that it was installed anew', async () => {
  await world.startBridge(undefined, { state: join(world.folder, 'installed-anew') });
  await keyStep();
  await person.bridgeState(page, 'changed');
  assert.match((await page.textContent(person.test('bridge-advice'))) ?? '', /重新安装/);
  assert.equal(await page.$(person.test('key')), null);
  const { code, window } = await pair('confirm ok 6');
  assert.ok(window.includes(`Code: ${code}`));
  await person.bridgeState(page, 'ready', 60_000);
});

it('a bridge that does not list the page: the page does not say that it is not running', async () => {
  await world.startBridge(undefined, { origin: 'https://other.example' });
  await keyStep();
  await person.bridgeState(page, 'refused');
  assert.match((await page.textContent(person.test('bridge-advice'))) ?? '', /名单中没有本页的地址/);
});
