// Bids that several holders open together: files of the command line, the page, the bridge and the UKey.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, it } from 'node:test';
import type { Page } from 'playwright-core';
import { type ErrorCode, errorTexts } from '../../../web/sdk/src/generated/errors.ts';
import { startBrowser, type TestBrowser } from '../lib/browser.ts';
import * as documents from '../lib/fixtures/documents.ts';
import * as person from './drive.ts';
import { PagesWorld, pin } from './world.ts';

let world: PagesWorld;
let browser: TestBrowser;
let page: Page;
let joint: { tender: string; bid: string };
let rescued: { tender: string; bid: string };
let given: Record<string, Buffer>;
let rescue: string[];

const at = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString().replace(/\.\d+Z/, 'Z');

/** Packs a bid by the command line, as of a time before the deadline. */
function pack(name: string, tender: string, openers: string[]): string {
  const out = join(world.folder, `${name}.sbid`);
  world.cli(
    'pack', '--tender', tender, '--lot', 'lot-1', ...openers, '--add', `qualification/licence=${join(world.folder, 'licence.pdf')}`,
    '--add', `technical/plan=${join(world.folder, 'plan.docx')}`, '--add', `price/schedule=${join(world.folder, 'list.xlsx')}`,
    '--set', 'total=1200.00', '--set', 'days=90', '--set', 'quality=合格', '--set', 'manager=Wang', '--at', at(-1200), '--out', out,
  );
  return out;
}

/** A holder releases its shares by the command line. */
function release(name: string, of: { tender: string; bid: string }, holder: string, ...more: string[]): string {
  const out = join(world.folder, `${name}.sbrl`);
  world.cli(
    'release', of.bid, '--tender', of.tender, ...world.keyFiles(holder), '--chain', join(holder, 'chain.crt'),
    '--to', join(world.keys, 'enc.crt'), '--out', out, ...more,
  );
  return out;
}

async function chosen(of: { tender: string; bid: string }): Promise<void> {
  await person.chooseBidAndTender(page, of.bid, of.tender);
  const checks = await person.checksEnded(page);
  assert.ok(Object.values(checks).every((state) => state === 'passed'), JSON.stringify(checks));
}

async function opening(of: { tender: string; bid: string }): Promise<void> {
  await chosen(of);
  await page.waitForSelector(person.test('key'), { timeout: 20_000 });
}

const give = (...files: string[]): Promise<void> => page.setInputFiles(person.test('release-files'), files);

/** Waits until the stage's way misses so many shares of a role. */
async function misses(stage: number, way: string, role: string, count: number): Promise<void> {
  await page.waitForSelector(
    `${person.test(`stage-${stage}`)} [data-way="${way}"] [data-part="${role}"][data-missing="${count}"]`,
    { timeout: 10_000 },
  );
}

async function shows(code: ErrorCode, language: 'en' | 'zh' = 'zh'): Promise<void> {
  await page.waitForSelector(`[data-error="${code}"]`, { timeout: 20_000 });
  const { action } = await person.errorTexts(page);
  assert.equal(action, language === 'zh' ? errorTexts[code].zhAction : errorTexts[code].enAction);
}

async function opensStage(stage: number, paths: Record<string, Buffer>): Promise<void> {
  world.daemon?.script('confirm ok', `pin ${pin}`);
  await page.click(person.test(`open-stage-${stage}`));
  for (const [path, bytes] of Object.entries(paths)) {
    const row = `[data-test="opened-document"][data-path="${path}"]`;
    await page.waitForSelector(row, { timeout: 60_000 });
    const saved = join(world.folder, `opened-${stage}`);
    await person.download(page, `${row} ${person.test('save-one')}`, saved);
    assert.ok(readFileSync(saved).equals(bytes), path);
  }
}

before(async () => {
  world = await PagesWorld.start();
  given = { 'licence.pdf': documents.pdf('licence'), 'plan.docx': documents.docx('plan'), 'list.xlsx': documents.xlsx(20) };
  for (const [name, bytes] of Object.entries(given)) world.write(name, bytes);
  // Opening has begun: nobody's clock is turned.
  const times = { deadline: -600, opening: -300 };
  const jointTender = world.makeTender('joint', times, '示例市第二水厂扩建工程', { ways: [{ way: 'supplier+platform', mandatory: true }] });
  joint = { tender: jointTender, bid: pack('joint', jointTender, world.ukey()) };
  rescue = ['甲', '乙', '丙'].map((name, i) => {
    const folder = join(world.keys, `rescue${i}`);
    world.testCa('rescue', join(world.keys, 'ca'), '--name', `应急成员${name}`, '--code', `91310000MA1FL0RR0${i}`, '--out', folder,
      '--not-before', '2026-01-01T00:00:00Z');
    return folder;
  });
  const rescueTender = world.makeTender('rescue', times, '示例市第二水厂扩建工程', {
    ways: [{ way: 'supplier', mandatory: true }, { way: 'platform+rescue', mandatory: true }], rescue,
  });
  // The company's earlier key sealed this bid, and it is lost; its UKey of today is no opener.
  const lost = join(world.keys, 'lost');
  world.testCa('platform', join(world.keys, 'ca'), '--name', '东海建设有限公司', '--code', '91310000MA1FL0XX0A', '--out', lost,
    '--not-before', '2026-01-01T00:00:00Z');
  rescued = { tender: rescueTender, bid: pack('rescued', rescueTender, world.keyFiles(lost)) };
  await world.startBridge();
  browser = await startBrowser({ locale: 'zh-CN' });
  page = await browser.open(`${world.server.origin}/opening.html`);
  await person.trust(page, world.root);
  await page.close();
});

beforeEach(async () => {
  page = await browser.open(`${world.server.origin}/opening.html`);
});

afterEach(async () => {
  await page.close();
  assert.deepEqual(browser.problems.splice(0), [], 'the browser complains');
});

after(async () => {
  await browser?.close();
  await world?.close();
});

it('supplier and platform: says what is missing, asks for no PIN, opens with the platform\'s release', async () => {
  await opening(joint);
  await misses(1, 'supplier+platform', 'supplier', 0);
  await misses(1, 'supplier+platform', 'platform', 1);
  const windows = world.daemon?.windows().length;
  await page.click(person.test('open-stage-1'));
  await shows('shares_insufficient');
  assert.equal(world.daemon?.windows().length, windows, 'nobody is asked for a PIN in vain');
  const certificate = join(world.folder, 'own.crt');
  await person.download(page, person.test('save-certificate'), certificate);
  const platform = join(world.folder, 'platform.sbrl');
  world.cli(
    'release', joint.bid, '--tender', joint.tender, ...world.keyFiles(join(world.keys, 'platform')), '--to', certificate, '--out', platform,
  );
  await give(platform);
  await misses(1, 'supplier+platform', 'platform', 0);
  await page.waitForSelector('text=由 示例平台 放行');
  await opensStage(1, { 'licence.pdf': given['licence.pdf'] as Buffer, 'plan.docx': given['plan.docx'] as Buffer });
  await opensStage(2, { 'list.xlsx': given['list.xlsx'] as Buffer });
});

it('a release for one envelope opens that one only', async () => {
  await opening(joint);
  await give(release('price-only', joint, join(world.keys, 'platform'), '--envelope', 'price'));
  await misses(2, 'supplier+platform', 'platform', 0);
  await misses(1, 'supplier+platform', 'platform', 1);
  assert.match((await page.textContent(person.test('release-facts'))) ?? '', /报价文件/);
  await page.click(person.test('open-stage-1'));
  await shows('shares_insufficient');
  await opensStage(2, { 'list.xlsx': given['list.xlsx'] as Buffer });
});

it('the supplier\'s key is lost: platform and two of three release to its new UKey', async () => {
  await chosen(rescued);
  await page.waitForSelector('[data-hidden="not_an_opener"]', { timeout: 20_000 });
  assert.equal(await page.locator(person.test('key')).count(), 0, 'no key is offered before a release is there');
  assert.ok(await page.isDisabled(person.test('open-stage-1')));
  const [first, , third] = rescue as [string, string, string];
  await give(release('platform-rescued', rescued, join(world.keys, 'platform')), release('first', rescued, first));
  await page.waitForSelector(person.test('key'));
  await misses(1, 'platform+rescue', 'platform', 0);
  await misses(1, 'platform+rescue', 'rescue', 1);
  await give(release('first-again', rescued, first));
  await page.waitForFunction(() => document.querySelectorAll('[data-release]').length === 3);
  await misses(1, 'platform+rescue', 'rescue', 1);
  await page.click(person.test('open-stage-1'));
  await shows('shares_insufficient');
  await give(release('third', rescued, third));
  await misses(1, 'platform+rescue', 'rescue', 0);
  await opensStage(1, { 'plan.docx': given['plan.docx'] as Buffer });
  await opensStage(2, { 'list.xlsx': given['list.xlsx'] as Buffer });
});

it('refuses what is no release, forged, of another bid, expired, or signed by a stranger', async () => {
  await opening(joint);
  const platform = join(world.keys, 'platform');
  const good = readFileSync(release('good', joint, platform));
  const forged = Buffer.from(good);
  const place = forged.indexOf('"expires":"20') + 14;
  forged[place] = (forged[place] ?? 0) ^ 1;
  const other = { tender: joint.tender, bid: pack('other', joint.tender, world.ukey()) };
  const expired = release('expired', joint, platform, '--at', at(-200), '--expires', at(-60));
  for (const [file, code] of [
    [join(world.folder, 'licence.pdf'), 'release_invalid'],
    [world.write('forged.sbrl', forged), 'signature_invalid'],
    [release('for-another', other, platform), 'release_other_bid'],
    [expired, 'release_expired'],
  ] as const) {
    for (const language of ['zh', 'en'] as const) {
      await page.click(person.test(`language-${language}`));
      await give(file);
      await shows(code, language);
      await page.click('[data-release] button');
      await page.waitForSelector('[data-release]', { state: 'detached' });
    }
  }
  await misses(1, 'supplier+platform', 'platform', 1);
  writeFileSync(join(world.folder, 'again.sbrl'), good);
  await give(join(world.folder, 'again.sbrl'));
  await misses(1, 'supplier+platform', 'platform', 0);
});

it('a release to another key is told as such', async () => {
  await opening(joint);
  const out = join(world.folder, 'to-platform.sbrl');
  world.cli(
    'release', joint.bid, '--tender', joint.tender, ...world.keyFiles(join(world.keys, 'platform')), '--to',
    join(world.keys, 'platform/enc.crt'), '--out', out,
  );
  await give(out);
  await page.waitForSelector(person.test('release-other-key'));
  await misses(1, 'supplier+platform', 'platform', 1);
});
