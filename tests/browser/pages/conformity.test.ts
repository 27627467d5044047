// A bid that another program made and that breaks the tender's rules: right signature, right encryption, wrong
// content. The page opens it, reports every fault, and drops nothing.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import type { Page } from 'playwright-core';
import { type ErrorCode, errorTexts } from '../../../web/sdk/src/generated/errors.ts';
import { startBrowser, type TestBrowser } from '../lib/browser.ts';
import * as documents from '../lib/fixtures/documents.ts';
import { pseudoRandom } from '../lib/fixtures/random.ts';
import * as person from './drive.ts';
import { picture } from './pictures.ts';
import { usable } from './usable.ts';
import { PagesWorld, pin } from './world.ts';

const maker = join(process.env['BIDSEAL_BUILD'] ?? '', 'native/tests/unchecked_bid');
let world: PagesWorld;
let browser: TestBrowser;
let page: Page;
let tender: string;
let bid: string;
let given: Record<string, Record<string, Buffer>>;

const at = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString().replace(/\.\d+Z/, 'Z');

/** What is wrong, by envelope: code, slot or field, and document. */
const faults: Record<string, [ErrorCode, string, string?][]> = {
  qualification: [
    ['document_format', 'record', '类似业绩.pdf'],
    ['document_too_large', 'licence', '营业执照.pdf'],
  ],
  technical: [
    ['document_missing', 'plan'],
    ['document_unexpected', 'extra', '附录.txt'],
    ['summary_invalid', 'bonus'],
    ['summary_missing', 'manager'],
    ['summary_out_of_range', 'days'],
  ],
  price: [
    ['document_active', 'schedule', '报价.pdf'],
    ['summary_missing', 'total'],
  ],
};
const titles: Record<string, string> = {
  record: '类似业绩', licence: '营业执照', plan: '施工组织设计', extra: 'extra', bonus: 'bonus', manager: '项目经理', days: '工期',
  schedule: '分项报价表', total: '投标总价',
};

/** The findings that the page shows for an envelope. */
async function findings(envelope: string): Promise<[string, string, string][]> {
  const found: [string, string, string][] = [];
  for (const item of await page.$$(`${person.test(`opened-${envelope}`)} [data-finding]`)) {
    const [code, subject] = await Promise.all(['finding', 'subject'].map((each) => item.getAttribute(`data-${each}`)));
    found.push([code ?? '', subject ?? '', (await item.textContent()) ?? '']);
  }
  return found.sort((a, b) => (`${a[0]} ${a[1]}` < `${b[0]} ${b[1]}` ? -1 : 1));
}

async function openStage(stage: number, last: string): Promise<void> {
  world.daemon?.script('confirm ok', `pin ${pin}`);
  await page.click(person.test(`open-stage-${stage}`));
  assert.equal(await person.outcome(page, person.test(`opened-${last}`)), undefined);
}

before(async () => {
  world = await PagesWorld.start();
  // Opening has begun: nobody's clock is turned.
  tender = world.makeTender('project', { deadline: -600, opening: -300 });
  given = {
    qualification: {
      'licence:营业执照.pdf': Buffer.concat([documents.pdf('licence'), pseudoRandom(1 << 20, 5), Buffer.from('\n%%EOF\n')]),
      'record:类似业绩.pdf': documents.docx('not a PDF'),
    },
    technical: { 'extra:附录.txt': Buffer.from('not asked for\n') },
    price: { 'schedule:报价.pdf': documents.encryptedPdf() },
  };
  const figures: Record<string, string[]> = { technical: ['bonus=1', 'days=800', 'quality=合格'] };
  // The company signs with another key than its UKey's; the UKey is the opener.
  const signer = join(world.keys, 'signer');
  world.testCa('platform', join(world.keys, 'ca'), '--name', '东海建设有限公司', '--code', '91310000MA1FL0XX0A', '--out', signer,
    '--not-before', '2026-01-01T00:00:00Z');
  bid = join(world.folder, 'unchecked.sbid');
  const parts = Object.entries(given).flatMap(([envelope, files], e) => [
    `@${envelope}`,
    ...Object.entries(files).map(([place, bytes], f) => `${place}=${world.write(`content-${e}-${f}`, bytes)}`),
    ...(figures[envelope] ?? []),
  ]);
  execFileSync(maker, [
    tender, 'lot-1', join(signer, 'sign.crt'), join(signer, 'sign.key'), join(world.keys, 'enc.crt'), at(-1200), bid, ...parts,
  ], { stdio: ['ignore', 'inherit', 'inherit'] });
  await world.startBridge();
  browser = await startBrowser({ locale: 'zh-CN' });
  page = await browser.open(`${world.server.origin}/opening.html`);
  await person.trust(page, world.root);
});

after(async () => {
  await browser?.close();
  await world?.close();
});

it('passes every check that needs no key: nothing is wrong with the file', async () => {
  await person.chooseBidAndTender(page, bid, tender);
  assert.deepEqual(await person.checksEnded(page), {
    structure: 'passed', tender: 'passed', belongs: 'passed', signer: 'passed', chunks: 'passed',
  });
});

it('opens, and says of each envelope what does not conform', async () => {
  await page.waitForSelector(person.test('key'));
  await openStage(1, 'technical');
  await openStage(2, 'price');
  for (const language of ['en', 'zh'] as const) {
    await page.click(person.test(`language-${language}`));
    for (const [envelope, expected] of Object.entries(faults)) {
      const found = await findings(envelope);
      assert.deepEqual(found.map(([code, subject]) => [code, subject]), expected.map(([code, subject]) => [code, subject]), envelope);
      for (const [i, [code, subject, path]] of expected.entries()) {
        const text = found[i]?.[2] ?? '';
        for (const part of [titles[subject], path, language === 'zh' ? errorTexts[code].zh : errorTexts[code].en]) {
          assert.ok(part === undefined || text.includes(part), `${part} is not in: ${text}`);
        }
      }
      const title = language === 'zh' ? '已打开，不符合要求' : 'Opened, non-conforming';
      assert.ok((await page.textContent(person.test(`opened-${envelope}`)))?.includes(title));
    }
  }
  assert.equal(await page.$('[data-error]'), null, 'it is no error');
  await usable(page, 'opened, non-conforming');
  await picture(page, 'opening-3-non-conforming');
});

it('drops nothing: every document and every figure is there as it was sealed', async () => {
  let count = 0;
  for (const [envelope, files] of Object.entries(given)) {
    for (const [place, bytes] of Object.entries(files)) {
      const path = place.split(':')[1] as string;
      const row = `${person.test(`opened-${envelope}`)} ${person.test('opened-document')}[data-path="${path}"]`;
      const saved = join(world.folder, 'saved');
      await person.download(page, `${row} ${person.test('save-one')}`, saved);
      assert.ok(readFileSync(saved).equals(bytes), path);
      count += 1;
    }
  }
  assert.equal(await page.locator(person.test('opened-document')).count(), count);
  for (const [field, value] of [['days', '800'], ['quality', '合格'], ['bonus', '1']] as const) {
    assert.equal((await page.textContent(person.test(`figure-${field}`)))?.trim(), value);
  }
  assert.deepEqual(browser.problems, []);
});

it('the command line finds the same', () => {
  const said = JSON.parse(
    world.cli('open', bid, '--tender', tender, ...world.ukey(), '--out', join(world.folder, 'opened'), '--json'),
  ) as { opened: { envelope: string; nonconformities: { code: string; subject: string }[] }[] };
  for (const { envelope, nonconformities } of said.opened) {
    const found = nonconformities.map(({ code, subject }) => `${code} ${subject}`).sort();
    assert.deepEqual(found, (faults[envelope] ?? []).map(([code, subject]) => `${code} ${subject}`).sort(), envelope);
  }
  assert.equal(said.opened.length, 3);
});
