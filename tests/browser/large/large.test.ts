// A document of 1 GiB through the page: the size of a video. BIDSEAL_LARGE_MIB makes it another size.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import * as documents from '../lib/fixtures/documents.ts';
import { writePseudoRandomFile } from '../lib/fixtures/random.ts';
import { SdkPage } from '../lib/sdk-page.ts';

const mebibytes = Number(process.env['BIDSEAL_LARGE_MIB'] ?? 1024);
const size = mebibytes * 2 ** 20;
const heapLimit = 64 * 2 ** 20;
const video = { slot: 'plan', path: '施工动画.mp4', from: 'files', index: 1 };

let sdk: SdkPage;
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bidseal-large-'));
  const paths = ['licence.pdf', 'video.mp4', 'list.xlsx'].map((name) => join(folder, name));
  await writeFile(paths[0] as string, documents.pdf('licence'));
  await writePseudoRandomFile(paths[1] as string, size, 11, documents.mp4Header());
  await writeFile(paths[2] as string, documents.xlsx(20));
  sdk = await SdkPage.start();
  await sdk.giveFiles('files', paths);
});

after(async () => {
  await sdk.close();
  await rm(folder, { recursive: true, force: true });
});

async function timed(what: string, run: () => Promise<unknown>): Promise<void> {
  const start = performance.now();
  await run();
  const seconds = (performance.now() - start) / 1000;
  process.stdout.write(`${what}: ${seconds.toFixed(1)} s, ${(size / 1e6 / seconds).toFixed(0)} MB/s\n`);
}

async function checkHeap(): Promise<void> {
  const heap = (await sdk.call('heapBytes')) as number;
  process.stdout.write(`memory of the module: ${(heap / 2 ** 20).toFixed(1)} MiB\n`);
  assert.ok(heap > 0 && heap < heapLimit, `${heap} bytes`);
}

it(`packs ${mebibytes} MiB`, async () => {
  await timed('pack', async () => {
    const { value, error } = await sdk.attempt('pack', {
      name: 'large',
      envelopes: {
        qualification: [{ slot: 'licence', path: 'licence.pdf', from: 'files', index: 0 }],
        technical: [video],
        price: [{ slot: 'list', path: 'list.xlsx', from: 'files', index: 2 }],
      },
    });
    assert.equal(error, undefined, JSON.stringify(error));
    assert.ok(value.size > size);
  });
  await checkHeap();
});

it('checks every chunk', async () => {
  await timed('verify', async () => {
    const { value, error } = await sdk.attempt('verify', 'large');
    assert.equal(error, undefined, JSON.stringify(error));
    assert.ok(value.chunksVerified >= size / 262_144);
  });
  await checkHeap();
});

it('opens to the same bytes', async () => {
  await timed('open', async () => {
    const { error } = await sdk.attempt('open', 'large', { envelopes: ['technical'] });
    assert.equal(error, undefined, JSON.stringify(error));
  });
  await checkHeap();
  assert.deepEqual(await sdk.call('compare', 'technical', [video]), []);
  assert.deepEqual(sdk.browser.problems, []);
});
