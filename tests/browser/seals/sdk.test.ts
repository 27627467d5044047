// The SDK's seals in Chromium, under a strict policy: judged and made with key files, and others' programs on the result.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import type { Page } from 'playwright-core';
import { startBrowser, type TestBrowser } from '../lib/browser.ts';
import { moduleFolder } from '../lib/core-for-node.ts';
import { writeLargePdf } from '../lib/fixtures/large-pdf.ts';
import { startStaticServer, type StaticServer } from '../lib/static-server.ts';
import { PagesWorld } from '../pages/world.ts';
import { documents, picture, SealWorld } from './world.ts';

const project = join(import.meta.dirname, '../../..');
const heapLimit = 128 * 2 ** 20;
const base64 = (path: string): string => readFileSync(path).toString('base64');
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- plain data whose shape the tests assert
type Outcome = { value?: any; error?: { code: string } };

let pages: PagesWorld;
let world: SealWorld;
let server: StaticServer;
let browser: TestBrowser;
let page: Page;
let small: { data: string; widthMm: number; heightMm: number };

function call(name: string, ...args: unknown[]): Promise<unknown> {
  return page.evaluate(
    ([functionName, values]) => {
      const { harness } = globalThis as unknown as { harness: Record<string, (...args: unknown[]) => unknown> };
      return harness[functionName as string]?.(...(values as unknown[]));
    },
    [name, args] as const,
  );
}
const attempt = (name: string, ...args: unknown[]): Promise<Outcome> => call(name, ...args) as Promise<Outcome>;

async function give(...paths: string[]): Promise<void> {
  await page.setInputFiles('input', paths);
  assert.equal(await call('takeFiles'), paths.length);
}

async function done(name: string, ...args: unknown[]): Promise<unknown> {
  const { value, error } = await attempt(name, ...args);
  assert.equal(error, undefined, JSON.stringify(error));
  return value;
}

async function refusal(name: string, ...args: unknown[]): Promise<string | undefined> {
  return (await attempt(name, ...args)).error?.code;
}

/** Saves what was sealed last and gives its path. */
async function saved(name: string): Promise<string> {
  const [taken] = await Promise.all([page.waitForEvent('download', { timeout: 120_000 }), call('save')]);
  const path = world.at(name);
  await taken.saveAs(path);
  return path;
}

function qpdfAccepts(file: string): void {
  const { status, stdout, stderr } = spawnSync('qpdf', ['--check', file], { encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
}

before(async () => {
  pages = await PagesWorld.start();
  world = new SealWorld(pages);
  server = await startStaticServer({
    mounts: { '/sdk/': join(project, 'web/sdk/dist'), '/module/': moduleFolder, '/page/': join(project, 'tests/browser/page') },
    pages: {
      '/': '<!doctype html><meta charset="utf-8"><title>Seals</title><link rel="icon" href="data:,"><input type="file" multiple><script type="module" src="/page/seal-harness.js"></script>',
    },
  });
  browser = await startBrowser();
  browser.context.setDefaultTimeout(120_000);
  page = await browser.open(`${server.origin}/`);
  await page.waitForFunction(() => (globalThis as { harness?: object }).harness !== undefined);
  await call('start', { sm2: world.key('company'), rsa: world.key('rsa') });
  small = { data: base64(picture), widthMm: 30, heightMm: 30 };
});

after(async () => {
  await browser?.close();
  await server?.close();
  await pages?.close();
});

it('page and command line judge the same file alike', async () => {
  const first = world.stamp(documents.three, 'first.pdf', world.keyFiles('company'), '--seal', world.esl, '--place', '1-2:20:30', '--cross-page', 'all:150');
  const second = world.stamp(first, 'second.pdf', world.keyFiles('company'), '--picture', picture, '--place', 'last:50:50');
  await give(second);
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- plain data whose shape the tests assert
  const reports = (await done('verify', 0, { ...world.trust(), requireCrl: true })) as any[];
  const judged = world.judge(second);
  assert.deepEqual(
    reports.map(({ valid, container, coversAll, findings }) => ({ valid, container, covers_all: coversAll, findings })),
    judged.seals.map(({ valid, container, covers_all, findings }) => ({ valid, container, covers_all, findings })),
  );
  assert.deepEqual(reports.map(({ container }) => container), ['gbt_38540', 'gbt_35275']);
  assert.ok(reports.every(({ valid, revocationChecked }) => valid && revocationChecked));
  const [seal, signature] = reports;
  assert.equal(seal.seal.name, '东海建设有限公司公章');
  assert.deepEqual(seal.seal.picture, { kind: 'png', data: readFileSync(picture).length, widthMm: 42, heightMm: 42 });
  assert.deepEqual(seal.signer, { holder: '东海建设有限公司', creditCode: '91310000MA1FL0XX0A' });
  assert.equal(seal.covers, readFileSync(first).length);
  assert.deepEqual(seal.pictures.map((each: { page: number }) => each.page).sort(), [0, 0, 1, 1, 2]);
  const placed = seal.pictures.find((each: { page: number; widthMm: number }) => each.page === 1 && each.widthMm > 40);
  assert.ok(Math.abs(placed.leftMm - 20) < 0.01 && Math.abs(placed.topMm - 30) < 0.01 && Math.abs(placed.widthMm - 42) < 0.01, JSON.stringify(placed));
  assert.deepEqual(signature.pictures.map((each: { page: number }) => each.page), [2]);
  assert.equal(signature.seal, undefined);
});

it('says why a seal does not stand', async () => {
  const sealed = world.stamp(documents.three, 'good.pdf', world.keyFiles('company'), '--seal', world.esl, '--place', '1:20:30');
  const bytes = readFileSync(sealed);
  bytes[15_000] = (bytes[15_000] ?? 0) ^ 1;
  const changed = pages.write('changed.pdf', bytes);
  const longer = world.at('longer.pdf');
  copyFileSync(sealed, longer);
  appendFileSync(longer, '%more\n');
  await give(changed, longer, sealed, documents.three);
  const codes = async (index: number, trust: object): Promise<unknown> => {
    const [report] = (await done('verify', index, trust)) as { findings: { part: string; code: string }[]; changedAfter: boolean }[];
    return report?.findings.map(({ part, code }) => `${part} ${code}`);
  };
  assert.deepEqual(await codes(0, world.trust()), ['document seal_document_mismatch']);
  assert.deepEqual(await codes(1, world.trust()), ['document pdf_changed_after']);
  assert.deepEqual(await codes(2, world.trust()), []);
  assert.deepEqual(await codes(2, {}), ['signer certificate_untrusted', 'issuer certificate_untrusted']);
  assert.deepEqual(await codes(2, { ...world.trust(), issuerRoots: [] }), ['issuer certificate_untrusted']);
  assert.deepEqual(await codes(2, { ...world.trust(), crls: [], requireCrl: true }), ['signer revocation_unknown', 'issuer revocation_unknown']);
  assert.deepEqual(await done('verify', 3, world.trust()), []);
  const alone = (await done('verifySeal', base64(world.esl), world.trust())) as { valid: boolean };
  assert.equal(alone.valid, true);
});

it('refuses what cannot be judged', async () => {
  const encrypted = world.at('encrypted.pdf');
  execFileSync('qpdf', ['--encrypt', '', 'owner', '256', '--', documents.three, encrypted]);
  const gone = pages.write('gone.pdf', readFileSync(documents.three));
  await give(picture, encrypted, gone);
  assert.equal(await refusal('verify', 0, world.trust()), 'pdf_damaged');
  assert.equal(await refusal('verify', 1, world.trust()), 'pdf_encrypted');
  assert.equal(await refusal('verifySeal', small.data, world.trust()), 'seal_format');
  appendFileSync(gone, 'changed under the browser');
  assert.equal(await refusal('verify', 2, world.trust()), 'file_changed');
});

it('seals with an electronic seal, and others accept the file', async () => {
  await give(documents.three);
  const sizes = (await done('measure', 0)) as { widthMm: number; heightMm: number }[];
  assert.deepEqual(sizes.map(({ widthMm, heightMm }) => [Math.round(widthMm), Math.round(heightMm)]), [[210, 297], [210, 297], [210, 297]]);
  const result = (await done('seal', {
    file: 0,
    key: 'sm2',
    seal: base64(world.esl),
    places: [
      { kind: 'page', page: 2, leftMm: 130, topMm: 220 },
      { kind: 'page', page: 0, leftMm: 20, topMm: 20.5 },
      { kind: 'cross-page', first: 0, count: 3, middleMm: 150 },
    ],
  })) as { size: number; name: string; section: number };
  const original = readFileSync(documents.three);
  assert.equal(result.name, '盖章文件.pdf');
  assert.equal(result.size, original.length + result.section);
  const file = await saved('page.pdf');
  assert.ok(readFileSync(file).subarray(0, original.length).equals(original), 'the bytes before stay');
  qpdfAccepts(file);
  const judged = world.judge(file);
  assert.equal(judged.valid, true);
  assert.deepEqual(judged.seals.map(({ container, covers_all }) => [container, covers_all]), [['gbt_38540', true]]);
  const said = execFileSync('python3', ['-B', join(project, 'tests/interop/seal/check_one.py'), file, world.esl, world.at('check')], { encoding: 'utf8' });
  assert.match(said, /openssl: signature, digest and seal are right/);
});

it('further signatures leave the first standing, and pdfsig verifies the RSA one', async () => {
  await give(documents.scan);
  await done('seal', { file: 0, key: 'sm2', seal: base64(world.esl), places: [{ kind: 'page', page: 0, leftMm: 10, topMm: 10 }] });
  await done('seal', {
    file: 'sealed', key: 'rsa', picture: small, chain: [base64(join(world.at('rsa-ca'), 'issuing.crt'))], reason: '同意',
    places: [{ kind: 'page', page: 0, leftMm: 90, topMm: 60 }],
  });
  const reports = (await done('verify', 'sealed', world.trust())) as { valid: boolean; container: string }[];
  assert.deepEqual(reports.map(({ valid, container }) => [valid, container]), [[true, 'gbt_38540'], [true, 'cms']]);
  const file = await saved('twice.pdf');
  qpdfAccepts(file);
  const said = spawnSync('pdfsig', ['-nocert', file], { encoding: 'utf8' }).stdout;
  assert.equal(said.match(/Signature is Valid\./g)?.length, 1, said);
  assert.match(said, /Total document signed/);
  assert.equal(world.judge(file).valid, true);
});

it('many documents are sealed with one use of the key, all or none', async () => {
  await give(documents.three, documents.scan, picture);
  const places = [{ kind: 'page', page: 0, leftMm: 20, topMm: 20 }];
  assert.deepEqual(await done('sealMany', [0, 1], base64(world.esl), places), [['chromium.pdf', 'scan.pdf']]);
  for (const [i, original] of [documents.three, documents.scan].entries()) {
    await call('take', i);
    const file = await saved(`many-${i}.pdf`);
    assert.ok(readFileSync(file).subarray(0, readFileSync(original).length).equals(readFileSync(original)));
    assert.deepEqual(world.judge(file).seals.map(({ valid, covers_all }) => [valid, covers_all]), [[true, true]]);
  }
  assert.equal(await refusal('sealMany', [0, 2, 1], base64(world.esl), places), 'pdf_damaged');
});

it('refuses what cannot be sealed and says why', async () => {
  await give(documents.three, picture);
  const esl = base64(world.esl);
  const at = (pageIndex: number, leftMm: number): object[] => [{ kind: 'page', page: pageIndex, leftMm, topMm: 20 }];
  assert.equal(await refusal('seal', { file: 0, key: 'sm2', seal: esl, places: at(3, 20) }), 'pdf_place');
  assert.equal(await refusal('seal', { file: 0, key: 'sm2', seal: esl, places: at(0, 190) }), 'pdf_place');
  assert.equal(await refusal('seal', { file: 1, key: 'sm2', seal: esl, places: at(0, 20) }), 'pdf_damaged');
  assert.equal(await refusal('seal', { file: 0, key: 'rsa', seal: esl, places: at(0, 20) }), 'seal_signer_not_listed');
  assert.equal(await refusal('seal', { file: 0, key: 'sm2', seal: small.data, places: at(0, 20) }), 'seal_format');
  assert.equal(await refusal('seal', { file: 0, key: 'sm2', picture: { ...small, data: base64(documents.three) }, places: at(0, 20) }), 'seal_picture');
});

it('300 MB in 2,000 pages are sealed and judged in a small memory', async () => {
  const large = world.at('large.pdf');
  const size = await writeLargePdf(large, 2000, 152_000);
  assert.ok(size > 300e6);
  await give(large);
  const timed = async (what: string, run: () => Promise<unknown>): Promise<void> => {
    const start = performance.now();
    await run();
    const seconds = (performance.now() - start) / 1000;
    process.stdout.write(`${what}: ${seconds.toFixed(1)} s, ${(size / 1e6 / seconds).toFixed(0)} MB/s\n`);
  };
  await timed('seal', () =>
    done('seal', {
      file: 0, key: 'sm2', seal: base64(world.esl),
      places: [{ kind: 'cross-page', first: 0, count: 500, middleMm: 150 }, { kind: 'page', page: 1999, leftMm: 20, topMm: 20 }],
    }));
  await timed('verify', async () => {
    const reports = (await done('verify', 'sealed', world.trust())) as { valid: boolean; pictures: object[] }[];
    assert.deepEqual(reports.map(({ valid, pictures }) => [valid, pictures.length]), [[true, 501]]);
  });
  const heap = (await call('heapBytes')) as number;
  process.stdout.write(`memory of the module: ${(heap / 2 ** 20).toFixed(1)} MiB\n`);
  assert.ok(heap > 0 && heap < heapLimit, `${heap} bytes`);
  const progress = (await call('progress')) as { bytesDone: number; bytesTotal: number }[];
  assert.ok(progress.length > 3 && progress.every(({ bytesDone, bytesTotal }) => bytesDone <= bytesTotal));
  assert.equal(await refusal('verify', 'sealed', world.trust(), 20e6), 'cancelled');
  // The next task has a new worker.
  assert.deepEqual(await done('verify', 0, world.trust()), []);
});

it('nothing went wrong in the page', () => {
  assert.deepEqual(browser.problems, []);
});
