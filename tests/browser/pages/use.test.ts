// The pages in use: by keyboard, on a phone, with thousands of files, with the browser's own pickers.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import type { Page } from 'playwright-core';
import { startBrowser, type TestBrowser } from '../lib/browser.ts';
import * as documents from '../lib/fixtures/documents.ts';
import * as person from './drive.ts';
import { usable } from './usable.ts';
import { PagesWorld, pin } from './world.ts';

let world: PagesWorld;
let browser: TestBrowser;
let tender: string;
let bid: string;
let page: Page;
const manyFiles = 600;

before(async () => {
  world = await PagesWorld.start();
  await world.startBridge();
  tender = world.makeTender('project', { deadline: 3600, opening: 7200 });
  bid = join(world.folder, 'bid.sbid');
  mkdirSync(join(world.folder, 'many'));
  for (let i = 0; i < manyFiles; i += 1) {
    const folder = join(world.folder, 'many', `第${Math.floor(i / 500)}册`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${i}.txt`), `第 ${i} 页\n`.repeat(1 + (i % 40)));
  }
  browser = await startBrowser({ locale: 'zh-CN' });
  // The pickers' windows belong to the browser and cannot be used without a screen: places in private
  // storage stand for those that a person would choose.
  await browser.context.addInitScript(() => {
    const own = window as unknown as Record<string, unknown>;
    own['showSaveFilePicker'] = async (options: { suggestedName: string }) =>
      (await navigator.storage.getDirectory()).getFileHandle(options.suggestedName, { create: true });
    own['showDirectoryPicker'] = async () => (await navigator.storage.getDirectory()).getDirectoryHandle('chosen', { create: true });
  });
});

after(async () => {
  await browser?.close();
  await world?.close();
});

it('makes a bid by the keyboard alone', async () => {
  page = await browser.open(`${world.server.origin}/maker.html`);
  await person.trust(page, world.root);
  await person.importTender(page, tender);
  /** Presses Tab until the element has the focus, and sees that the focus is drawn. */
  const tabTo = async (selector: string): Promise<void> => {
    for (let i = 0; i < 400; i += 1) {
      await page.keyboard.press('Tab');
      const [there, drawn] = await page.evaluate((wanted) => {
        const element = document.activeElement;
        const style = element === null ? undefined : getComputedStyle(element);
        return [element?.matches(wanted) ?? false, style !== undefined && style.outlineStyle !== 'none'];
      }, selector);
      if (!there) continue;
      if (!selector.startsWith('#field')) assert.ok(drawn, `the focus on ${selector} is seen`);
      return;
    }
    assert.fail(`no way to ${selector} by Tab`);
  };
  await tabTo(person.test('next'));
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'step-heading');
  await page.setInputFiles(person.test('files-qualification-licence'), world.write('营业执照.pdf', documents.pdf('licence')));
  await page.setInputFiles(person.test('files-price-schedule'), world.write('报价.xlsx', documents.xlsx(5)));
  await page.setInputFiles(person.test('files-technical-plan-folder'), join(world.folder, 'many'));
  const start = performance.now();
  await person.checked(page);
  console.log(`${manyFiles} files looked at in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  assert.match((await page.textContent(person.test('document-count'))) ?? '', new RegExp(`${manyFiles + 2}`));
  assert.equal(await page.$(person.test('blocking')), null);
  await usable(page, 'documents');
  await page.click('#step-heading');
  await tabTo(person.test('next'));
  await page.keyboard.press('Enter');
  for (const [field, value] of [['total', '1200'], ['days', '90']] as const) {
    await tabTo(`#field-${field}`);
    await page.keyboard.type(value);
  }
  await tabTo('#field-quality');
  await page.keyboard.press('ArrowDown');
  await tabTo('#field-manager');
  await page.keyboard.type('Wang');
  assert.equal(await page.inputValue('#field-total'), '1200.00', 'the decimals are completed');
  await usable(page, 'summary');
  await page.click('#step-heading');
  await tabTo(person.test('next'));
  await page.keyboard.press('Enter');
  await page.waitForSelector(person.test('key'));
  await usable(page, 'key');
  await page.click('#step-heading');
  await tabTo(person.test('next'));
  await page.keyboard.press('Enter');
  await usable(page, 'review');
  world.daemon?.script('confirm ok', `pin ${pin}`);
  await page.click('#step-heading');
  await tabTo(person.test('seal'));
  await page.keyboard.press('Enter');
  assert.equal(await person.outcome(page, person.test('seal-result')), undefined);
  await usable(page, 'result');
});

it('saves to a chosen place and reads the copy back', async () => {
  await person.download(page, person.test('save'), bid);
  await page.click(person.test('save-to'));
  await page.waitForSelector('text=逐字节一致');
  const name = `P-2026-001-lot-1-${(await page.getAttribute(person.test('fingerprint'), 'data-hex'))?.slice(0, 8)}.sbid`;
  const size = await page.evaluate(
    async (each) => (await (await (await navigator.storage.getDirectory()).getFileHandle(each)).getFile()).size,
    name,
  );
  assert.equal(size, world.read(bid).length);
});

it('knows a saved copy from another file', async () => {
  await page.setInputFiles(person.test('saved-copy'), bid);
  await page.waitForSelector('text=bid.sbid 与本投标文件逐字节一致');
  const other = Buffer.from(world.read(bid));
  other[100] = (other[100] ?? 0) ^ 1;
  await page.setInputFiles(person.test('saved-copy'), world.write('other.sbid', other));
  await page.waitForSelector('text=other.sbid 不是本投标文件');
  await page.close();
});

it('asks before the page is left with work that is not saved', async () => {
  page = await browser.open(`${world.server.origin}/maker.html`);
  await person.importTender(page, tender);
  await person.addDocuments(page, { 'qualification-licence': [world.write('a.pdf', documents.pdf('a'))] });
  const asked = page.waitForEvent('dialog');
  void page.close({ runBeforeUnload: true });
  const dialog = await asked;
  assert.equal(dialog.type(), 'beforeunload');
  await dialog.accept();
});

it(`opens ${manyFiles} documents and writes them into a folder`, async () => {
  const later = new Date(Date.now() + 7260_000).toISOString().replace(/\.\d+Z/, 'Z');
  await world.startBridge(later);
  page = await browser.open(`${world.server.origin}/opening.html`);
  await usable(page, 'opening, empty');
  await person.chooseBidAndTender(page, bid, tender);
  await person.checksEnded(page);
  await page.waitForSelector(person.test('key'));
  world.daemon?.script('confirm ok', `pin ${pin}`);
  await page.click(person.test('open-stage-1'));
  assert.equal(await person.outcome(page, person.test('opened')), undefined);
  await usable(page, 'opened');
  await page.click(person.test('save-folder'));
  await page.waitForSelector('text=已保存：chosen', { timeout: 120_000 });
  const written = await page.evaluate(async () => {
    const root = await (await navigator.storage.getDirectory()).getDirectoryHandle('chosen');
    let count = 0;
    const walk = async (folder: FileSystemDirectoryHandle): Promise<void> => {
      for await (const handle of folder.values()) {
        if (handle.kind === 'file') count += 1;
        else await walk(handle as FileSystemDirectoryHandle);
      }
    };
    await walk(root);
    const file = await (await (await (await (await root.getDirectoryHandle('technical')).getDirectoryHandle('many'))
      .getDirectoryHandle('第1册')).getFileHandle('599.txt')).getFile();
    return { count, text: await file.text() };
  });
  assert.equal(written.count, manyFiles + 1);
  assert.equal(written.text, '第 599 页\n'.repeat(40));
  assert.deepEqual(browser.problems, []);
});

it('leaves no opened document behind when the page is left', async () => {
  const kept = (): Promise<string[]> =>
    page.evaluate(async () => {
      const found: string[] = [];
      const walk = async (folder: FileSystemDirectoryHandle, path: string): Promise<void> => {
        for await (const [name, handle] of folder.entries()) {
          if (handle.kind === 'file') found.push(path + name);
          else await walk(handle as FileSystemDirectoryHandle, `${path}${name}/`);
        }
      };
      for (const name of ['bidseal', 'bidseal-zip']) {
        await walk(await (await navigator.storage.getDirectory()).getDirectoryHandle(name, { create: true }), `${name}/`);
      }
      return found;
    });
  await person.download(page, person.test('save-zip'), join(world.folder, 'all.zip'));
  const names = await kept();
  assert.equal(names.filter((name) => name.startsWith('bidseal-zip/')).length, 1);
  assert.ok(names.some((name) => name.startsWith('bidseal/')));
  await page.close();
  page = await browser.open(`${world.server.origin}/opening.html`);
  await page.setInputFiles(person.test('tender-file'), tender); // starts the SDK, which sweeps too
  for (let i = 0; i < 50 && (await kept()).length > 0; i += 1) await page.waitForTimeout(100);
  assert.deepEqual(await kept(), []);
});
