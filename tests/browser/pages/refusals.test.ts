// What the pages say when something is wrong: the exact code, the advice, and what stays possible.
import assert from 'node:assert/strict';
import { appendFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, it } from 'node:test';
import type { Page } from 'playwright-core';
import { type ErrorCode, errorTexts } from '../../../web/sdk/src/generated/errors.ts';
import { startBrowser, type TestBrowser } from '../lib/browser.ts';
import * as documents from '../lib/fixtures/documents.ts';
import { pseudoRandom } from '../lib/fixtures/random.ts';
import * as person from './drive.ts';
import { PagesWorld, pin } from './world.ts';

let world: PagesWorld;
let browser: TestBrowser;
let tender: string;
let bid: string;
let files: Record<string, string[]>;
let page: Page;

async function open(name: 'maker' | 'opening', options: { trust?: boolean } = {}): Promise<Page> {
  page = await browser.open(`${world.server.origin}/${name}.html`);
  await page.evaluate(() => localStorage.removeItem('bidseal.roots'));
  await page.reload();
  if (options.trust !== false) await person.trust(page, world.root);
  return page;
}

/** A maker page with everything in place but the key. */
async function filledMaker(): Promise<Page> {
  await open('maker');
  await person.importTender(page, tender);
  await person.addDocuments(page, files);
  await person.fillSummary(page);
  return page;
}

/** The page shows this error with its advice; gives what it says of PIN tries. */
async function shows(code: ErrorCode): Promise<string | undefined> {
  await page.waitForSelector(`[data-error="${code}"]`, { timeout: 60_000 });
  assert.equal(await page.getAttribute('[data-error]', 'data-error'), code);
  const { action, retries } = await person.errorTexts(page);
  assert.equal(action, errorTexts[code].zhAction);
  assert.ok((await page.textContent('[data-error]'))?.includes(errorTexts[code].zh));
  return retries;
}

/** The blocking issues of the step that is shown. */
async function blocking(): Promise<string[]> {
  const found = await page.$$('[data-test="blocking"] [data-issue]');
  return Promise.all(found.map(async (item) => (await item.getAttribute('data-issue')) ?? ''));
}

/** Waits for exactly these blocking issues; each line must hold the code's advice. */
async function blockedBy(...codes: ErrorCode[]): Promise<void> {
  await page.waitForFunction(
    (expected) => {
      const items = [...document.querySelectorAll('[data-test="blocking"] [data-issue]')];
      return items.map((item) => item.getAttribute('data-issue')).sort().join() === [...expected].sort().join();
    },
    codes,
    { timeout: 30_000 },
  ).catch(async () => assert.deepEqual((await blocking()).sort(), [...codes].sort()));
  for (const code of codes) {
    const line = await page.textContent(`[data-issue="${code}"]`);
    assert.ok(line?.includes(errorTexts[code].zhAction), `${code}: ${line}`);
  }
}

async function sealIsDisabled(): Promise<boolean> {
  await person.step(page, 'seal');
  return page.isDisabled(person.test('seal'));
}

/** Names of finished and half-made files in the pages' private storage. */
function privateFiles(): Promise<string[]> {
  return page.evaluate(async () => {
    const found: string[] = [];
    const walk = async (folder: FileSystemDirectoryHandle, path: string): Promise<void> => {
      for await (const [name, handle] of folder.entries()) {
        if (handle.kind === 'file') found.push(path + name);
        else await walk(handle as FileSystemDirectoryHandle, `${path}${name}/`);
      }
    };
    await walk(await navigator.storage.getDirectory(), '');
    return found;
  });
}

before(async () => {
  world = await PagesWorld.start();
  tender = world.makeTender('project', { deadline: 3600, opening: 7200 });
  files = {
    'qualification-licence': [world.write('营业执照.pdf', documents.pdf('licence'))],
    'technical-plan': [world.write('施工组织设计.docx', documents.docx('plan'))],
    'price-schedule': [world.write('分项报价表.xlsx', documents.xlsx(50))],
  };
  await world.startBridge();
  browser = await startBrowser({ locale: 'zh-CN' });
  bid = join(world.folder, 'bid.sbid');
  await filledMaker();
  await person.chooseKey(page);
  world.daemon?.script('confirm ok', `pin ${pin}`);
  assert.equal(await person.seal(page), undefined);
  await person.download(page, person.test('save'), bid);
  await page.close();
});

afterEach(async () => {
  await page.close();
  const problems = browser.problems.splice(0).filter((each) => !/ERR_CONNECTION_REFUSED|WebSocket connection/.test(each));
  assert.deepEqual(problems, [], 'the browser complains');
});

after(async () => {
  await browser?.close();
  await world?.close();
});

// --- the tender file

it('a file that is no tender file', async () => {
  await open('maker');
  await page.setInputFiles(person.test('tender-file'), world.write('not.tender', documents.pdf('no tender')));
  await shows('tender_invalid');
  assert.ok(await page.isDisabled(person.test('step-documents')));
});

it('a tender file of a platform that nobody trusts, until its root is added', async () => {
  await open('maker', { trust: false });
  await page.setInputFiles(person.test('tender-file'), tender);
  await shows('certificate_untrusted');
  await person.trust(page, world.root);
  await page.waitForSelector(person.test('tender-facts'));
  assert.equal(await page.$('[data-error]'), null);
});

it('a tender file that was altered after signing', async () => {
  await open('maker');
  const bytes = Buffer.from(world.read(tender));
  const at = bytes.indexOf('P-2026-001');
  assert.ok(at > 0);
  bytes.write('P-2026-002', at);
  await page.setInputFiles(person.test('tender-file'), world.write('altered.tender', bytes));
  await shows('tender_signature');
});

// --- documents and figures

it('a required document is missing', async () => {
  await open('maker');
  await person.importTender(page, tender);
  await person.addDocuments(page, { ...files, 'price-schedule': [] });
  await blockedBy('document_missing');
  await page.click('[data-issue="document_missing"] button');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'slot-price-schedule');
  assert.ok(await sealIsDisabled());
});

it('a document of another format than its name says', async () => {
  await open('maker');
  await person.importTender(page, tender);
  await person.addDocuments(page, { ...files, 'qualification-licence': [world.write('假的.pdf', documents.docx('docx'))] });
  await blockedBy('document_format');
  assert.ok(await sealIsDisabled());
});

it('a document that is too large', async () => {
  await open('maker');
  await person.importTender(page, tender);
  const large = Buffer.concat([documents.pdf('large'), pseudoRandom(1 << 20, 3)]);
  await person.addDocuments(page, { ...files, 'qualification-licence': [world.write('large.pdf', large)] });
  await blockedBy('document_too_large');
});

it('a price document that asks for a password', async () => {
  await open('maker');
  await person.importTender(page, tender);
  await person.addDocuments(page, { ...files, 'price-schedule': [world.write('locked.pdf', documents.encryptedPdf())] });
  await blockedBy('document_active');
});

it('two documents of one name; renaming helps, a path trick does not, undo takes both back', async () => {
  await open('maker');
  await person.importTender(page, tender);
  const [licence = ''] = files['qualification-licence'] ?? [];
  await person.addDocuments(page, files);
  await page.setInputFiles(person.test('files-qualification-licence'), licence);
  await blockedBy('path_duplicate');
  const rename = async (from: string, to: string): Promise<void> => {
    await page.locator(`[data-path="${from}"] button`).first().click();
    await page.fill('.rename input', to);
    await page.press('.rename input', 'Enter');
    await person.checked(page);
  };
  await rename('营业执照.pdf', '../x.pdf');
  await blockedBy('path_unsafe');
  await rename('../x.pdf', '营业执照-2.pdf');
  await blockedBy();
  await page.click(person.test('undo'));
  await page.click(person.test('undo'));
  await blockedBy('path_duplicate');
  await page.click(person.test('undo'));
  await blockedBy();
});

it('figures that are missing, of the wrong form and out of range', async () => {
  await open('maker');
  await person.importTender(page, tender);
  await person.addDocuments(page, files);
  await person.fillSummary(page, { total: '100000000.00', days: '12.5', quality: '合格' });
  await blockedBy('summary_out_of_range', 'summary_invalid', 'summary_missing');
  assert.ok(await sealIsDisabled());
  await person.fillSummary(page, person.figures);
  await blockedBy();
});

// --- the bridge and the key

it('says that the bridge is not running, and finds it when it is', async () => {
  await filledMaker();
  await world.stopBridge();
  const start = performance.now();
  await person.step(page, 'key');
  await person.bridgeState(page, 'not_running');
  assert.ok(performance.now() - start < 3500);
  assert.match((await page.textContent(person.test('bridge-advice'))) ?? '', /请在本机启动/);
  assert.ok(await sealIsDisabled());
  await person.step(page, 'key');
  await person.bridgeState(page, 'not_running');
  await world.startBridge();
  await page.click(person.test('bridge-connect'));
  await person.bridgeState(page, 'ready');
});

it('sees the UKey pulled out and plugged in', async () => {
  await filledMaker();
  await person.chooseKey(page);
  world.daemon?.pullOut();
  await person.bridgeState(page, 'no_token');
  assert.match((await page.textContent(person.test('bridge-advice'))) ?? '', /请插入 UKey/);
  world.daemon?.plugIn();
  await person.bridgeState(page, 'ready');
  await page.waitForSelector(person.test('key'));
});

it('says why certificates are not offered, and warns of one that ends before the opening', async () => {
  const at = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString().replace(/\.\d+Z/, 'Z');
  const device = (name: string, from: number, until: number): void =>
    world.testCa('ukey', join(world.keys, 'ca'), '--name', `单位 ${name}`, '--code', '91310000MA1FL0XX0A', '--device', name,
      '--pin', pin, '--admin-pin', '24680135', '--kdf-iterations', '1000', '--not-before', at(from), '--not-after', at(until));
  device('expired', -7200, -3600);
  device('early', -7200, 5400);
  try {
    await world.startBridge();
    await filledMaker();
    await person.step(page, 'key');
    await page.waitForSelector('[data-hidden="expired"]', { state: 'attached' });
    assert.equal(await page.locator('[data-hidden]').count(), 1);
    assert.equal(await page.locator(person.test('key')).count(), 2);
    await page.click('.key:has-text("单位 early")');
    await page.waitForSelector(person.test('ends-early'));
    assert.ok(await sealIsDisabled());
    await blockedBy('certificate_ends_early');
    await person.step(page, 'key');
    await page.click(person.test('accept-early-end'));
    assert.equal(await sealIsDisabled(), false);
  } finally {
    for (const name of ['expired', 'early']) rmSync(join(world.keys, `ukeys/${name}.ukey`));
    await world.startBridge();
  }
});

it('consent refused, then the user cancels in the page: nothing is left', async () => {
  await filledMaker();
  await person.chooseKey(page);
  world.daemon?.script('confirm cancel');
  assert.equal(await person.seal(page), 'consent_refused');
  await shows('consent_refused');
  world.daemon?.script('confirm hang');
  await page.click(person.test('seal'));
  await page.waitForSelector('.stage');
  await page.click(person.test('cancel'));
  await shows('cancelled');
  assert.deepEqual((await privateFiles()).filter((name) => name.startsWith('bidseal/')), []);
});

it('a document that changes while the page has it', async () => {
  const path = world.write('变动.docx', documents.docx('before'));
  await open('maker');
  await person.importTender(page, tender);
  await person.addDocuments(page, { ...files, 'technical-plan': [path] });
  await person.fillSummary(page);
  await person.chooseKey(page);
  appendFileSync(path, 'after');
  assert.equal(await person.seal(page), 'file_changed');
  await shows('file_changed');
  assert.deepEqual((await privateFiles()).filter((name) => name.startsWith('bidseal/')), []);
});

it('the tab is closed while it seals: the next page finds nothing of it', async () => {
  await filledMaker();
  await person.chooseKey(page);
  world.daemon?.script('confirm hang');
  await person.step(page, 'seal');
  await page.click(person.test('seal'));
  await page.waitForSelector('.stage');
  assert.ok((await privateFiles()).length > 0, 'the seal was under way');
  await page.close();
  await open('maker');
  await page.waitForFunction(async () => {
    const names: string[] = [];
    for await (const name of (await navigator.storage.getDirectory()).keys()) names.push(name);
    return names.length <= 1;
  });
  assert.deepEqual((await privateFiles()).filter((name) => name.startsWith('bidseal/')), []);
});

it('a change after sealing: the page says that the sealed file is older, and seals anew', async () => {
  await world.startBridge();
  await filledMaker();
  await person.chooseKey(page);
  world.daemon?.script('confirm ok', `pin ${pin}`);
  assert.equal(await person.seal(page), undefined);
  const before = await page.getAttribute(person.test('fingerprint'), 'data-hex');
  await person.fillSummary(page, { days: '300' });
  await person.step(page, 'seal');
  await page.waitForSelector(person.test('stale'));
  assert.equal(await page.getAttribute(person.test('fingerprint'), 'data-hex'), before);
  await page.click(person.test('review-again'));
  world.daemon?.script('confirm ok', `pin ${pin}`);
  await page.click(person.test('seal'));
  await page.waitForSelector(person.test('seal-result'));
  assert.equal(await page.$(person.test('stale')), null);
  assert.notEqual(await page.getAttribute(person.test('fingerprint'), 'data-hex'), before);
});

// --- the opening page

it('an altered .sbid', async () => {
  const bytes = Buffer.from(world.read(bid));
  bytes[5000] = (bytes[5000] ?? 0) ^ 1;
  await open('opening');
  await person.chooseBidAndTender(page, world.write('altered.sbid', bytes), tender);
  assert.deepEqual(await person.checksEnded(page), {
    structure: 'passed', tender: 'passed', belongs: 'passed', signer: 'passed', chunks: 'failed',
  });
  await shows('bid_chunk');
  assert.equal(await page.$(person.test('stage-1')), null, 'nothing to open is offered');
});

it('a .sbid that was cut off, and a file that is none', async () => {
  const bytes = world.read(bid);
  await open('opening');
  await person.chooseBidAndTender(page, world.write('cut.sbid', bytes.subarray(0, bytes.length - 1)), tender);
  await page.waitForSelector('[data-check="structure"][data-state="failed"]');
  await shows('bid_truncated');
  await page.setInputFiles(person.test('bid-file'), world.write('none.sbid', documents.pdf('none')));
  await shows('bid_not_bid');
});

it('a bid with the tender file of another project', async () => {
  const other = world.makeTender('other', { deadline: 3600, opening: 7200 }, '另一个项目');
  await open('opening');
  await person.chooseBidAndTender(page, bid, other);
  assert.deepEqual(await person.checksEnded(page), {
    structure: 'passed', tender: 'passed', belongs: 'failed', signer: 'not_run', chunks: 'not_run',
  });
  await shows('tender_mismatch');
});

it('too early: the bridge refuses, the page counts down', async () => {
  await open('opening');
  await person.chooseBidAndTender(page, bid, tender);
  await person.checksEnded(page);
  await page.waitForSelector(person.test('not-yet'));
  await page.waitForSelector(person.test('key'));
  await page.click(person.test('open-stage-2'));
  await shows('not_open_yet');
  assert.equal(await page.$(person.test('opened')), null);
});

it('the UKey of another company: it cannot be chosen, and the page says why', async () => {
  await world.stopBridge();
  const own = join(world.keys, 'ukeys/donghai.ukey');
  const away = join(world.keys, 'donghai.away');
  renameSync(own, away);
  world.testCa('ukey', join(world.keys, 'ca'), '--name', '西山建设有限公司', '--code', '91440000MA1FL0XX0C', '--device', 'xishan',
    '--pin', pin, '--admin-pin', '24680135', '--kdf-iterations', '1000');
  try {
    await world.startBridge();
    await open('opening');
    await person.chooseBidAndTender(page, bid, tender);
    await person.checksEnded(page);
    await page.waitForSelector('[data-hidden="not_an_opener"]');
    assert.match((await page.textContent('[data-hidden="not_an_opener"]')) ?? '', /西山建设有限公司.*不是用它制作的/s);
    assert.equal(await page.locator(person.test('key')).count(), 0);
    assert.ok(await page.isDisabled(person.test('open-stage-1')));
    assert.ok(await page.isDisabled(person.test('rehearse')));
  } finally {
    rmSync(join(world.keys, 'ukeys/xishan.ukey'));
    renameSync(away, own);
    await world.startBridge();
  }
});

it('the language is remembered', async () => {
  await open('opening');
  await page.click(person.test('language-en'));
  assert.equal(await page.textContent('h1'), 'Open a bid');
  await page.reload();
  assert.equal(await page.textContent('h1'), 'Open a bid');
  assert.equal(await page.getAttribute('html', 'lang'), 'en');
  await page.click(person.test('language-zh'));
  assert.equal(await page.textContent('h1'), '开标解密');
});

// --- last, because it locks the UKey

it('wrong PINs with the tries left, until the UKey is locked', async () => {
  await filledMaker();
  await person.chooseKey(page);
  const tries = (left: number): string => `PIN 码剩余次数：${left}`;
  /** The state of the key after a failed attempt; coming back takes the old error away. */
  const keyState = async (state: string, left?: number): Promise<void> => {
    await person.step(page, 'key');
    await person.bridgeState(page, state);
    if (left === undefined) return;
    assert.equal((await page.textContent(person.test('bridge-retries')))?.trim(), tries(left));
  };

  // After a wrong PIN the bridge's window asks again and tells the tries left; the user gives up.
  world.daemon?.script('confirm ok', 'pin 000000', 'pin cancel');
  assert.equal(await person.seal(page), 'pin_cancelled');
  assert.equal(await shows('pin_cancelled'), tries(5));
  assert.equal((await page.textContent(person.test('seal')))?.trim(), '重新签名并加密');
  await keyState('pin_low', 5);

  // The last try needs a confirmation of its own, which is refused here.
  world.daemon?.script('confirm ok', ...Array<string>(4).fill('pin 000000'), 'confirm cancel');
  assert.equal(await person.seal(page), 'pin_cancelled');
  assert.equal(await shows('pin_cancelled'), tries(1));
  await keyState('pin_low', 1);

  world.daemon?.script('confirm ok', 'confirm ok', 'pin 000000');
  assert.equal(await person.seal(page), 'pin_locked');
  assert.equal(await shows('pin_locked'), tries(0));
  await keyState('pin_blocked');
  assert.match((await page.textContent(person.test('bridge-advice'))) ?? '', /管理员 PIN/);
  assert.equal(await page.$(person.test('seal-result')), null);
});
