// The pages for seals with bridge and software UKey: sealing any document, judging any document.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import type { Page } from 'playwright-core';
import { startBrowser, type TestBrowser } from '../lib/browser.ts';
import { faults } from '../lib/faults.ts';
import * as person from '../pages/drive.ts';
import { PagesWorld, pin } from '../pages/world.ts';
import { documents, picture, SealWorld } from './world.ts';

const { test } = person;
const project = join(import.meta.dirname, '../../..');
let pages: PagesWorld;
let world: SealWorld;
let browser: TestBrowser;
let page: Page;

before(async () => {
  pages = await PagesWorld.start();
  world = new SealWorld(pages);
  await pages.startBridge();
  browser = await startBrowser({ locale: 'zh-CN' });
  browser.context.setDefaultTimeout(120_000);
});

after(async () => {
  await browser?.close();
  await pages?.close();
});

/** Both languages at both widths; BIDSEAL_PICTURES names a folder for screenshots. */
async function usable(where: string): Promise<void> {
  const folder = process.env['BIDSEAL_PICTURES'];
  for (const language of ['en', 'zh']) {
    await page.click(test(`language-${language}`));
    for (const [width, height] of [[390, 844], [1280, 860]] as const) {
      await page.setViewportSize({ width, height });
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      if (folder !== undefined) {
        await page.waitForTimeout(400);
        await page.screenshot({ path: join(folder, `${where}-${language}-${width}.png`), fullPage: true });
      }
      assert.deepEqual(await page.evaluate(faults), [], `${where}, ${language}, ${width} px`);
    }
  }
}

async function judge(file: string): Promise<string | undefined> {
  await page.setInputFiles(test('sealed-file'), file);
  return person.outcome(page, `${test('verify-result')}, ${test('seal-by-itself')}`);
}

/** Verdict and reasons of each seal that the page shows. */
async function shown(): Promise<[string | null, string[]][]> {
  const found: [string | null, string[]][] = [];
  for (const seal of await page.$$(test('seal'))) {
    const findings = await seal.$$eval('[data-finding]', (items) => items.map((item) => item.getAttribute('data-finding') ?? ''));
    found.push([await seal.getAttribute('data-verdict'), findings]);
  }
  return found;
}

async function texts(name: string): Promise<string[]> {
  return page.$$eval(test(name), (items) => items.map((item) => item.textContent?.trim().replace(/\s+/g, ' ') ?? ''));
}

it('shows whose seals a document has, and believes nobody before the user does', async () => {
  const first = world.stamp(documents.three, 'first.pdf', world.keyFiles('company'), '--seal', world.esl, '--place', '1:20:30', '--cross-page', '2-3:150');
  const second = world.stamp(first, 'second.pdf', world.keyFiles('other'), '--picture', picture, '--place', '3:50:50');
  page = await browser.open(`${pages.server.origin}/verify.html`);
  await usable('verify-empty');
  assert.equal(await judge(second), undefined);
  const untrusted = 'certificate_untrusted';
  assert.deepEqual(await shown(), [['unknown', [`signer ${untrusted}`, `issuer ${untrusted}`]], ['unknown', [`signer ${untrusted}`]]]);
  await usable('verify-unknown');
  await person.trust(page, pages.root);
  await page.click('.more summary');
  await page.setInputFiles(test('evidence-files'), [join(world.ca(), 'issuing.crt'), join(world.ca(), 'issuing.crl'), join(world.ca(), 'root.crl')]);
  await page.waitForFunction(() => document.querySelectorAll('[data-verdict="good"]').length === 2);
  assert.deepEqual(await shown(), [['good', []], ['good', []]]);
  assert.equal((await texts('evidence')).length, 3);
  await page.click('.more summary');
  assert.match((await texts('seal-who'))[0] ?? '', /东海建设有限公司 信用代码 91310000MA1FL0XX0A/);
  assert.match((await texts('seal-who'))[1] ?? '', /西岭建设有限公司/);
  assert.deepEqual(await texts('seal-pages'), ['1–3', '3']);
  assert.deepEqual(await texts('seal-covers'), ['至后续印章之前的全部内容，之后只增加了印章', '整个文件']);
  assert.match((await texts('seal-when'))[0] ?? '', /^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC\+08:00/);
  await page.waitForFunction(() => (document.querySelector('[data-test="seal"] img') as HTMLImageElement | null)?.naturalWidth);
  await usable('verify-good');
});

it('trusting a root for seals trusts nobody with tender files', async () => {
  assert.deepEqual(await page.evaluate(() => [localStorage.getItem('bidseal.roots'), localStorage.getItem('bidseal.sealRoots') !== null]), [null, true]);
});

it('shows what changed, and what is no sealed document', async () => {
  const sealed = readFileSync(world.at('first.pdf'));
  sealed[15_000] = (sealed[15_000] ?? 0) ^ 1;
  assert.equal(await judge(pages.write('changed.pdf', sealed)), undefined);
  assert.deepEqual(await shown(), [['changed', ['document seal_document_mismatch']]]);
  await usable('verify-changed');
  assert.equal(await judge(documents.three), undefined);
  assert.equal((await page.$$(test('no-seals'))).length, 1);
  await usable('verify-none');
  assert.equal(await judge(picture), 'pdf_damaged');
  await usable('verify-damaged');
  assert.equal(await judge(world.esl), undefined);
  assert.equal(await page.getAttribute(test('seal-by-itself'), 'data-verdict'), 'good');
  await usable('verify-esl');
  const expired = world.makeSeal('expired.esl', '过期公章', ['company/sign.crt'], '2026-03-01T00:00:00Z', '--at', '2026-02-01T00:00:00Z');
  assert.equal(await judge(expired), undefined);
  assert.equal(await page.getAttribute(test('seal-by-itself'), 'data-verdict'), 'bad');
});

/** Waits until pdf.js has drawn the page: not all of it is white any more. */
async function drawn(): Promise<void> {
  await page.waitForFunction(() => {
    const canvas = document.querySelector('canvas');
    if (canvas === null || canvas.width < 100) return false;
    const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
    return pixels.some((value, i) => i % 4 === 0 && value < 128 && (pixels[i + 3] ?? 0) > 200);
  });
}

it('seals a document by hand, with the UKey', async () => {
  page = await browser.open(`${pages.server.origin}/stamp.html`);
  await usable('stamp-empty');
  await page.setInputFiles(test('document'), picture);
  assert.equal(await person.outcome(page, test('board')), 'pdf_damaged');
  await page.setInputFiles(test('document'), documents.three);
  await page.waitForSelector(test('board'));
  await drawn();
  assert.match((await texts('page-number'))[0] ?? '', /1 \/ 3/);
  await page.setInputFiles(test('seal-file'), documents.three);
  assert.equal(await person.outcome(page, test('chosen-seal')), 'seal_format');
  await page.setInputFiles(test('seal-file'), world.esl);
  await page.waitForSelector(test('chosen-seal'));
  assert.match((await texts('chosen-seal'))[0] ?? '', /东海建设有限公司公章.*42 × 42 mm/);
  await page.click(test('add-page'));
  // The seal is as large as it will be: 42 of 210 millimetres.
  const board = await page.locator(test('board')).boundingBox();
  const mark = await page.locator(test('mark')).boundingBox();
  assert.ok(board !== null && mark !== null);
  assert.ok(Math.abs(mark.width / board.width - 42 / 210) < 0.003, `${mark.width} of ${board.width}`);
  // Dragged to 30 mm from the left, 200 mm from the top; then by keys to 31, 210.
  const mm = board.width / 210;
  await page.mouse.move(mark.x + 5, mark.y + 5);
  await page.mouse.down();
  await page.mouse.move(board.x + 60 * mm, board.y + 100 * mm, { steps: 4 });
  await page.mouse.move(board.x + 30 * mm + 5, board.y + 200 * mm + 5, { steps: 4 });
  await page.mouse.up();
  const place = (await texts('place'))[0]?.match(/距左 ([\d.]+) mm，距上 ([\d.]+) mm/);
  assert.ok(Math.abs(Number(place?.[1]) - 30) < 0.6 && Math.abs(Number(place?.[2]) - 200) < 0.6, place?.[0]);
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Shift+ArrowDown');
  const moved = (await texts('place'))[0]?.match(/距左 ([\d.]+) mm，距上 ([\d.]+) mm/);
  assert.ok(Math.abs(Number(moved?.[1]) - Number(place?.[1]) - 1) < 0.01 && Math.abs(Number(moved?.[2]) - Number(place?.[2]) - 10) < 0.01, moved?.[0]);
  await page.click(test('add-cross-page'));
  await page.click(test('add-all'));
  assert.equal((await texts('place')).length, 3);
  await page.click(test('undo'));
  assert.equal((await texts('place')).length, 2);
  // Words: one place on each page, the middle of the seal on theirs; and back again.
  await page.fill(`${test('words')} input, input${test('words')}`, '无此文字');
  await page.click(test('add-words'));
  await page.waitForSelector(`${test('words-found')}:has-text("没有找到")`);
  await page.fill(`${test('words')} input, input${test('words')}`, '投标人（盖章）');
  await page.click(test('add-words'));
  await page.waitForSelector(`${test('words-found')}:has-text("3")`);
  const atWords = (await texts('place')).slice(2).map((text) => text.match(/第 (\d) 页，距左 ([\d.]+) mm，距上 ([\d.]+) mm/)?.slice(1).map(Number));
  assert.deepEqual(atWords.map((each) => each?.[0]), [1, 2, 3]);
  // The words begin 22 mm from the left, and stand 51 mm from the top; the seal is 42 mm large.
  assert.ok(Math.abs((atWords[0]?.[1] ?? 0) - 14) < 3 && Math.abs((atWords[0]?.[2] ?? 0) - 30) < 3, String(atWords[0]));
  await page.click(test('undo'));
  assert.equal((await texts('place')).length, 2);
  await page.click(test('next-page'));
  assert.equal((await page.$$(test('mark'))).length, 1, 'page 2 has a slice');
  await page.click(test('previous-page'));
  await page.waitForSelector(test('key'));
  await drawn();
  await usable('stamp-placed');

  pages.daemon?.script('confirm ok', `pin ${pin}`);
  await page.click(test('sign'));
  assert.equal(await person.outcome(page, test('sealed')), undefined);
  await usable('stamp-sealed');
  const file = world.at('page.pdf');
  const taken = await person.download(page, test('download'), file);
  assert.equal(taken.suggestedFilename(), 'chromium（已盖章）.pdf');
  assert.ok(readFileSync(file).subarray(0, readFileSync(documents.three).length).equals(readFileSync(documents.three)));
  const { status, stdout } = spawnSync('qpdf', ['--check', file], { encoding: 'utf8' });
  assert.equal(status, 0, stdout);
  const judged = world.judge(file) as unknown as { valid: boolean; seals: { container: string; pictures_in_hundredths_of_mm: { page: number; left: number; top: number; width: number }[] }[] };
  assert.equal(judged.valid, true);
  assert.deepEqual(judged.seals.map(({ container }) => container), ['gbt_38540']);
  const placed = judged.seals[0]?.pictures_in_hundredths_of_mm ?? [];
  assert.equal(placed.length, 4);
  const whole = placed.find((each) => each.width === 4200);
  assert.deepEqual([whole?.page, whole?.left, whole?.top], [1, Math.round(Number(moved?.[1]) * 100), Math.round(Number(moved?.[2]) * 100)]);
  execFileSync('python3', ['-B', join(project, 'tests/interop/seal/check_one.py'), file, world.esl, world.at('check')]);
});

it('seals the sealed file once more with a picture, and refusals say why', async () => {
  await page.click(test('again'));
  await page.waitForFunction(() => document.querySelector('[data-test="place"]') === null);
  await page.setInputFiles(test('seal-file'), picture);
  await page.waitForSelector(test('seal-width'));
  await page.fill(`${test('seal-width')} input, input${test('seal-width')}`, '25');
  await page.keyboard.press('Enter');
  await page.click(test('next-page'));
  await page.click(test('add-page'));
  pages.daemon?.script('confirm cancel 0');
  await page.click(test('sign'));
  assert.equal(await person.outcome(page, test('sealed')), 'consent_refused');
  pages.daemon?.script('confirm ok', `pin ${pin}`);
  await page.click(test('sign'));
  await page.waitForSelector(test('sealed'));
  const file = world.at('twice.pdf');
  await person.download(page, test('download'), file);
  const judged = world.judge(file);
  assert.deepEqual(judged.seals.map(({ valid, container }) => [valid, container]), [[true, 'gbt_38540'], [true, 'gbt_35275']]);
  assert.equal(spawnSync('qpdf', ['--check', file]).status, 0);
  // A seal that does not name this UKey.
  const foreign = world.makeSeal('foreign.esl', '西岭建设有限公司公章', ['other/sign.crt']);
  await page.setInputFiles(test('seal-file'), foreign);
  await page.waitForSelector(`${test('chosen-seal')}:has-text("西岭")`);
  await page.click(test('sign'));
  assert.equal(await person.outcome(page, test('never')), 'seal_signer_not_listed');
  await usable('stamp-refused');
});

it('nothing went wrong in the pages', () => {
  assert.deepEqual(browser.problems, []);
});
