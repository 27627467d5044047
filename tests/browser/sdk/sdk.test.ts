// The SDK in Chromium with keys from files: pack, inspect, verify, rehearse, open, rewrap, refuse.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import * as documents from '../lib/fixtures/documents.ts';
import { pseudoRandom } from '../lib/fixtures/random.ts';
import type { Company } from '../lib/openssl-ca.ts';
import { type Outcome, SdkPage } from '../lib/sdk-page.ts';

interface Place {
  slot: string;
  path: string;
  from: string;
  index: number;
}

let sdk: SdkPage;
let folder: string;

async function give(name: string, files: Record<string, Uint8Array>): Promise<string[]> {
  const paths: string[] = [];
  for (const [file, bytes] of Object.entries(files)) {
    const path = join(folder, name, file);
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, bytes);
    paths.push(path);
  }
  await sdk.giveFiles(name, paths);
  return paths;
}

const minimal = {
  qualification: [{ slot: 'licence', path: 'licence.pdf', from: 'basic', index: 0 }],
  technical: [{ slot: 'plan', path: 'plan.docx', from: 'basic', index: 1 }],
  price: [{ slot: 'list', path: 'list.xlsx', from: 'basic', index: 2 }],
};

function mustFail(outcome: Outcome, code: string): NonNullable<Outcome['error']> {
  assert.equal(outcome.error?.code, code, JSON.stringify(outcome));
  return outcome.error as NonNullable<Outcome['error']>;
}

function mustWork(outcome: Outcome): NonNullable<Outcome['value']> {
  assert.equal(outcome.error, undefined, JSON.stringify(outcome.error));
  return outcome.value;
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bidseal-sdk-'));
  sdk = await SdkPage.start();
  await give('basic', {
    'licence.pdf': documents.pdf('licence', 3),
    'plan.docx': documents.docx('施工组织设计'),
    'list.xlsx': documents.xlsx(200),
  });
});

after(async () => {
  await sdk.close();
  await rm(folder, { recursive: true, force: true });
});

it('the SDK names the version of its package', async () => {
  const { version } = JSON.parse(await readFile(join(import.meta.dirname, '../../../web/sdk/package.json'), 'utf8'));
  const named = await sdk.page.evaluate(
    () => (globalThis as unknown as { harness: { sdk: { sdkVersion: string } } }).harness.sdk.sdkVersion,
  );
  assert.equal(named, version);
});

describe('tender file', () => {
  it('tells what the buyer published', async () => {
    const { info, digest } = mustWork(await sdk.attempt('openTender'));
    assert.equal(info.projectTitle, '某市第二水厂扩建工程');
    assert.deepEqual(info.lots.map((lot: { id: string }) => lot.id), ['1', '2']);
    assert.deepEqual(
      info.envelopes.map((envelope: { id: string; kind: string; stage: number }) => [envelope.id, envelope.kind, envelope.stage]),
      [['qualification', 'qualification', 1], ['technical', 'technical', 1], ['price', 'price', 2]],
    );
    assert.deepEqual(info.ways, [{ way: 'supplier', mandatory: false }]);
    assert.equal(info.summary[0].max, '99999999.00');
    assert.equal(info.platformCertificate.creditCode, '91110000000000001A');
    assert.match(digest, /^[0-9a-f]{64}$/);
  });

  it('is refused under another root', async () => {
    const other = (sdk.world.companies.rival as Company).signing.certificate.toString('base64');
    mustFail(await sdk.attempt('openTender', undefined, other), 'certificate_untrusted');
  });

  it('is refused when a byte of its content was changed', async () => {
    const changed = Buffer.from(sdk.world.tender);
    const at = changed.indexOf('P-2026-001');
    changed[at + 9] = '2'.charCodeAt(0);
    mustFail(await sdk.attempt('openTender', changed.toString('base64')), 'tender_signature');
  });

  it('judges figures of the bid summary', async () => {
    assert.equal(mustWork(await sdk.attempt('checkSummary', 'total', '12.50')), undefined);
    assert.equal(mustWork(await sdk.attempt('checkSummary', 'total', '12.5')), 'summary_invalid');
    assert.equal(mustWork(await sdk.attempt('checkSummary', 'total', '100000000.00')), 'summary_out_of_range');
  });
});

describe('a bid of real documents', () => {
  const places: Record<string, Place[]> = { qualification: [], technical: [], price: [] };
  let fingerprint: { hex: string; text: string; words: string[] };

  before(async () => {
    const plan: Record<string, Uint8Array> = {
      'drawing.dxf': documents.dxf(),
      'drawing.dwg': documents.dwg(300_001),
      'plan.svg': documents.svg(),
      'movie.mp4': Buffer.concat([documents.mp4Header(), pseudoRandom(9 << 20, 7)]),
      'empty.txt': new Uint8Array(),
      'one-byte.bin': new Uint8Array([0]),
      'chunk.bin': pseudoRandom(262_144, 8),
      'chunk+1.bin': pseudoRandom(262_145, 9),
    };
    await give('plan', plan);
    places['technical'] = [
      { slot: 'plan', path: 'plan.docx', from: 'basic', index: 1 },
      ...Object.keys(plan).map((path, index) => ({ slot: 'plan', path, from: 'plan', index })),
    ];
    places['qualification'] = documents.hardNames.map((path) => ({ slot: 'licence', path, from: 'basic', index: 0 }));
    places['price'] = [{ slot: 'list', path: '分项报价表.xlsx', from: 'basic', index: 2 }];
  });

  it('is packed with progress', async () => {
    const result = mustWork(await sdk.attempt('pack', { name: 'real', envelopes: places }));
    fingerprint = result.fingerprint;
    assert.match(fingerprint.hex, /^[0-9a-f]{64}$/);
    assert.equal(fingerprint.text.replaceAll(' ', '').toLowerCase(), fingerprint.hex);
    assert.equal(fingerprint.words.length, 12);
    assert.equal(result.documents.length, 8 + 9 + 1);
    assert.equal(result.index.supplierName, '某某建设工程有限公司');
    assert.equal(result.index.supplierCode, '91330000000000002B');
    const progress = (await sdk.call('progress')) as { phase: string; bytesDone: number; bytesTotal: number; documentsDone: number }[];
    const done = progress.map((each) => each.bytesDone);
    assert.deepEqual(done, [...done].sort((a, b) => a - b));
    const last = progress.at(-1);
    assert.equal(last?.phase, 'writing');
    assert.equal(last?.bytesDone, last?.bytesTotal);
    assert.equal(last?.documentsDone, 18);
  });

  it('has the digest that OpenSSL computes, of the downloaded file and of each document', async () => {
    const [download] = await Promise.all([sdk.page.waitForEvent('download'), sdk.call('download', 'real')]);
    const saved = join(folder, 'real.sbid');
    await download.saveAs(saved);
    const digest = (path: string): string =>
      execFileSync('openssl', ['dgst', '-sm3', '-r', path], { encoding: 'utf8' }).slice(0, 64);
    const verified = mustWork(await sdk.attempt('verify', 'real'));
    assert.equal(verified.sm3, digest(saved));
    assert.equal(await sdk.call('digest', 'real'), digest(saved));
    assert.equal(verified.size, (await stat(saved)).size);
    assert.deepEqual(verified.fingerprint, fingerprint);
    const chunks = verified.index.envelopes.map((each: { length: number }) => Math.ceil(each.length / 262_144));
    assert.equal(verified.chunksVerified, chunks.reduce((a: number, b: number) => a + b, 0));
  });

  it('shows its public part', async () => {
    const info = mustWork(await sdk.attempt('inspect', 'real'));
    assert.deepEqual(info.fingerprint, fingerprint);
    assert.deepEqual(info.index.envelopes.map((each: { id: string }) => each.id), ['qualification', 'technical', 'price']);
    assert.equal(info.openers.length, 3);
    assert.equal(info.openers[0].kind, 'ukey');
    assert.equal(info.signer.creditCode, '91330000000000002B');
  });

  it('is rehearsed without releasing anything', async () => {
    const { envelopes } = mustWork(await sdk.attempt('rehearse', 'real'));
    assert.deepEqual(envelopes, [
      { id: 'qualification', way: 0, opensEnvelope: true },
      { id: 'technical', way: 0, opensEnvelope: true },
      { id: 'price', way: 0, opensEnvelope: true },
    ]);
  });

  it('opens to the same bytes, under the same names', async () => {
    const opened = mustWork(await sdk.attempt('open', 'real'));
    assert.deepEqual(opened.fingerprint, fingerprint);
    for (const envelope of opened.envelopes) {
      assert.deepEqual(
        envelope.documents.map((each: { path: string }) => each.path),
        places[envelope.id]?.map((each) => each.path),
      );
      assert.deepEqual(envelope.nonConformities, []);
      assert.deepEqual(await sdk.call('compare', envelope.id, places[envelope.id]), []);
    }
    assert.deepEqual(opened.envelopes[1].summary, { days: '180' });
    assert.deepEqual(opened.envelopes[2].summary, { total: '1234567.89' });
    assert.equal(((await sdk.call('opened', 'technical', 'plan.svg')) as { type: string }).type, 'text/plain');
  });

  it('opens envelope by envelope', async () => {
    const opened = mustWork(await sdk.attempt('open', 'real', { envelopes: ['price'] }));
    assert.deepEqual(opened.envelopes.map((each: { id: string }) => each.id), ['price']);
  });

  it('does not open with another key', async () => {
    mustFail(await sdk.attempt('open', 'real', { who: 'rival' }), 'opener_not_found');
  });

  it("opens with a colleague's key after a rewrap", async () => {
    mustFail(await sdk.attempt('open', 'real', { who: 'colleague' }), 'opener_not_found');
    assert.ok(mustWork(await sdk.attempt('rewrap', 'real', 1, 'colleague')) > 0);
    const opened = mustWork(await sdk.attempt('open', 'real', { who: 'colleague', rewrap: true }));
    assert.deepEqual(opened.fingerprint, fingerprint);
    assert.deepEqual(await sdk.call('compare', 'price', places['price']), []);
  });

  it('passes over a rewrap that is junk while another one opens', async () => {
    mustWork(await sdk.attempt('spoilRewrap'));
    mustFail(await sdk.attempt('open', 'real', { who: 'colleague', rewrap: true }), 'wrap_mismatch');
    mustWork(await sdk.attempt('rewrap', 'real', 2, 'colleague'));
    const opened = mustWork(await sdk.attempt('open', 'real', { who: 'colleague', rewrap: true }));
    assert.deepEqual(opened.fingerprint, fingerprint);
    assert.deepEqual(await sdk.call('compare', 'price', places['price']), []);
  });

  it('is refused when altered anywhere, and nothing is kept of it', async () => {
    const before = await sdk.call('privateFiles');
    const { size } = mustWork(await sdk.attempt('inspect', 'real'));
    const chunkError = await (async () => {
      await sdk.call('alter', 'real', 'body', { flip: 1_000_000 });
      return mustFail(await sdk.attempt('verify', 'body'), 'bid_chunk');
    })();
    assert.equal(typeof chunkError.position, 'number');
    mustFail(await sdk.attempt('open', 'body'), 'bid_chunk');
    await sdk.call('alter', 'real', 'head', { flip: 0 });
    mustFail(await sdk.attempt('inspect', 'head'), 'bid_not_bid');
    await sdk.call('alter', 'real', 'cut', { cut: 100 });
    assert.ok(['bid_truncated', 'bid_not_bid'].includes((await sdk.attempt('inspect', 'cut')).error?.code ?? ''));
    await sdk.call('alter', 'real', 'lengths', { flip: size - 64 + 7 });
    mustFail(await sdk.attempt('inspect', 'lengths'), 'bid_layout');
    assert.deepEqual(await sdk.call('privateFiles'), before);
  });
});

describe('other outputs', () => {
  for (const output of ['file', 'stream']) {
    it(`writes the same to a ${output}`, async () => {
      const packed = mustWork(await sdk.attempt('pack', { name: `to-${output}`, envelopes: minimal, output }));
      const verified = mustWork(await sdk.attempt('verify', `to-${output}`));
      assert.deepEqual(verified.fingerprint, packed.fingerprint);
      assert.equal(verified.sm3, await sdk.call('digest', `to-${output}`));
      assert.equal(verified.size, packed.size);
      assert.deepEqual(mustWork(await sdk.attempt('open', `to-${output}`)).fingerprint, packed.fingerprint);
      assert.deepEqual(await sdk.call('compare', 'price', minimal.price), []);
    });
  }
});

describe('refusals at packing', () => {
  it('a required document is missing', async () => {
    const { price: _, ...without } = minimal;
    mustFail(await sdk.attempt('pack', { name: 'x', envelopes: without }), 'document_missing');
  });

  it('a format that the slot does not allow, found by its bytes', async () => {
    const wrong = { ...minimal, qualification: [{ slot: 'licence', path: 'licence.pdf', from: 'basic', index: 2 }] };
    mustFail(await sdk.attempt('pack', { name: 'x', envelopes: wrong }), 'document_format');
  });

  it('encrypted or active documents in the price envelope', async () => {
    await give('active', {
      'locked.pdf': documents.encryptedPdf(),
      'macro.xlsx': documents.xlsxWithMacros(),
    });
    for (const index of [0, 1]) {
      const path = index === 0 ? 'locked.pdf' : 'macro.xlsx';
      const place = { slot: 'list', path, from: 'active', index };
      const check = mustWork(await sdk.attempt('check', 'price', place));
      assert.equal(check.problem, 'document_active');
      mustFail(await sdk.attempt('pack', { name: 'x', envelopes: { ...minimal, price: [place] } }), 'document_active');
    }
  });

  it('unsafe, duplicate and colliding names, files too large, unknown slots and envelopes', async () => {
    const at = (path: string, slot = 'licence') => ({ slot, path, from: 'basic', index: 0 });
    const pack = (qualification: unknown[]) =>
      sdk.attempt('pack', { name: 'x', envelopes: { ...minimal, qualification } });
    for (const path of ['../up.pdf', '/root.pdf', 'a//b.pdf', 'CON.pdf', 'a\\b.pdf', 'a:b.pdf', 'a\u202eb.pdf', 'end. ']) {
      mustFail(await pack([at(path)]), 'path_unsafe');
    }
    mustFail(await pack([at('a.pdf'), at('a.pdf')]), 'path_duplicate');
    mustFail(await pack([at('a.pdf'), at('A.PDF')]), 'path_duplicate');
    mustFail(await pack([at('a.pdf'), at('b.pdf', 'small')]), 'document_too_large');
    mustFail(await pack([at('a.pdf', 'nowhere')]), 'document_unexpected');
    mustFail(await sdk.attempt('pack', { name: 'x', envelopes: { ...minimal, other: [at('a.pdf')] } }), 'envelope_unknown');
    mustFail(await sdk.attempt('pack', { name: 'x', lot: '9', envelopes: minimal }), 'tender_lot_unknown');
  });

  it('figures that are missing or out of range', async () => {
    mustFail(await sdk.attempt('pack', { name: 'x', envelopes: minimal, summary: { total: '1.00' } }), 'summary_missing');
    const summary = { total: '1.00', days: '401' };
    mustFail(await sdk.attempt('pack', { name: 'x', envelopes: minimal, summary }), 'summary_out_of_range');
  });

  it('texts of errors come in Chinese too', async () => {
    const error = mustFail(await sdk.attempt('pack', { name: 'x', envelopes: {} }), 'document_missing');
    assert.match(error.zh, /缺少必需的文件。/);
  });

  it('a file that changes after it was chosen', async () => {
    const [path] = await give('changing', { 'big.bin': pseudoRandom(1 << 20, 3) });
    await appendFile(path as string, 'more');
    const envelopes = { ...minimal, technical: [{ slot: 'plan', path: 'big.bin', from: 'changing', index: 0 }] };
    mustFail(await sdk.attempt('pack', { name: 'changed', envelopes }), 'file_changed');
  });

  it('one of several small files, which are read together, that changes after it was chosen', async () => {
    const names = ['1.bin', '2.bin', '3.bin'];
    const paths = await give('small', Object.fromEntries(names.map((name, i) => [name, pseudoRandom(4096, i)])));
    const technical = names.map((path, index) => ({ slot: 'plan', path, from: 'small', index }));
    mustWork(await sdk.attempt('pack', { name: 'unchanged', envelopes: { ...minimal, technical } }));
    await appendFile(paths[1] as string, 'more');
    mustFail(await sdk.attempt('pack', { name: 'changed', envelopes: { ...minimal, technical } }), 'file_changed');
  });

  it('leaves nothing behind', async () => {
    const files = (await sdk.call('privateFiles')) as string[];
    assert.deepEqual(files.filter((file) => file.endsWith('.part') || file.endsWith('output-x')), []);
    assert.deepEqual(files.filter((file) => file.endsWith('output-changed')), []);
  });
});

describe('interruptions', () => {
  const envelopes = { ...minimal, technical: [{ slot: 'plan', path: 'big.bin', from: 'big', index: 0 }] };

  before(async () => {
    await give('big', { 'big.bin': pseudoRandom(64 << 20, 4) });
  });

  it('cancelling half-way keeps nothing, and the next packing works', async () => {
    const outcome = await sdk.attempt('pack', { name: 'cancelled', envelopes, cancelAfter: 8 << 20 });
    mustFail(outcome, 'cancelled');
    const files = (await sdk.call('privateFiles')) as string[];
    assert.deepEqual(files.filter((file) => file.includes('.part') || file.includes('cancelled')), []);
    mustWork(await sdk.attempt('pack', { name: 'after', envelopes: minimal }));
  });

  it('a full disk is told as such and leaves nothing', async () => {
    const protocol = await sdk.browser.context.newCDPSession(sdk.page);
    const { usage } = await protocol.send('Storage.getUsageAndQuota', { origin: sdk.server.origin });
    await protocol.send('Storage.overrideQuotaForOrigin', { origin: sdk.server.origin, quotaSize: usage + (16 << 20) });
    mustFail(await sdk.attempt('pack', { name: 'full', envelopes }), 'disk_full');
    await protocol.send('Storage.overrideQuotaForOrigin', { origin: sdk.server.origin });
    const files = (await sdk.call('privateFiles')) as string[];
    assert.deepEqual(files.filter((file) => file.includes('.part') || file.includes('full')), []);
  });

  it('a tab closed half-way leaves nothing to the next page', async () => {
    void sdk.attempt('pack', { name: 'closed', envelopes }).catch(() => undefined);
    await sdk.until('progressing');
    await sdk.page.reload();
    await sdk.ready();
    const left = async () =>
      ((await sdk.call('privateFiles')) as string[]).filter((file) => file.startsWith('bidseal/'));
    // The closed page's workers may hold their files for a moment longer.
    for (let tries = 0; tries < 40 && (await left()).length > 0; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    assert.deepEqual(await left(), []);
  });
});

describe('many small files', () => {
  let technical: { slot: string; path: string; from: string; index: number }[];

  it('packs and opens 5,000 documents', async () => {
    const files: Record<string, Uint8Array> = {};
    for (let i = 0; i < 5000; i += 1) files[`f${i}.txt`] = Buffer.from(`document ${i}\n`.repeat(1 + (i % 40)));
    await give('basic', { 'licence.pdf': documents.pdf('l'), 'plan.docx': documents.docx('p'), 'list.xlsx': documents.xlsx(5) });
    await give('many', files);
    technical = Object.keys(files).map((path, index) => ({
      slot: 'plan',
      path: `附件/${index % 50}/${path}`,
      from: 'many',
      index,
    }));
    const packed = mustWork(await sdk.attempt('pack', { name: 'many', envelopes: { ...minimal, technical } }));
    assert.equal(packed.documents.length, 5002);
    mustWork(await sdk.attempt('open', 'many'));
    assert.deepEqual(await sdk.call('compare', 'technical', technical), []);
  });

  it('saves them into a folder, with progress, to the same bytes', async () => {
    const milliseconds = mustWork(await sdk.attempt('saveTo', 'saved')) as number;
    console.log(`5,002 documents saved in ${(milliseconds / 1000).toFixed(1)} s`);
    assert.deepEqual(await sdk.call('compareSaved', 'saved', 'technical', technical), []);
    const progress = (await sdk.call('progress')) as { documentsDone: number; documentsTotal: number; bytesDone: number; bytesTotal: number }[];
    assert.ok(progress.length > 3);
    const last = progress.at(-1);
    assert.deepEqual([last?.documentsDone, last?.documentsTotal], [5002, 5002]);
    assert.equal(last?.bytesDone, last?.bytesTotal);
    const saved = ((await sdk.call('privateFiles')) as string[]).filter((file) => file.startsWith('saved/'));
    assert.equal(saved.length, 5002);
  });

  it('cancelled half-way it leaves nothing of its own, and what stood there before', async () => {
    await sdk.call('putFile', 'mine/notes.txt', 'mine');
    await sdk.call('putFile', 'mine/qualification/older.txt', 'older');
    assert.equal((await sdk.attempt('saveTo', 'mine', { cancelAfter: 300 })).error?.code, 'cancelled');
    const left = ((await sdk.call('privateFiles')) as string[]).filter((file) => file.startsWith('mine/'));
    assert.deepEqual(left.sort(), ['mine/notes.txt', 'mine/qualification/older.txt']);
  });

  it('a folder that cannot be written is told as such', async () => {
    await sdk.call('putFile', 'blocked/technical', 'a file where a folder should be');
    assert.equal((await sdk.attempt('saveTo', 'blocked')).error?.code, 'io_write');
    const left = ((await sdk.call('privateFiles')) as string[]).filter((file) => file.startsWith('blocked/'));
    assert.deepEqual(left, ['blocked/technical']);
  });
});

it('the pages had no errors of their own and the heap stayed small', async () => {
  assert.deepEqual(sdk.browser.problems, []);
  const heap = (await sdk.call('heapBytes')) as number;
  assert.ok(heap > 0 && heap < 64 << 20, `${heap} bytes`);
});
