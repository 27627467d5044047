// Packing, hashing, encryption, SM2, the module's size, start and memory.
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import * as documents from '../../browser/lib/fixtures/documents.ts';
import { pseudoRandom, writePseudoRandomFile } from '../../browser/lib/fixtures/random.ts';
import { ourVersion, packageVersion } from '../lib/machine.ts';
import { type Named, rates, row, type Row, side, takeTurns } from '../lib/measure.ts';
import { OperationProgram, packNative } from '../lib/native.ts';
import { BenchPage, bundlePeers, type Packed } from '../lib/page.ts';

const project = join(import.meta.dirname, '../../..');
const mebibyte = 2 ** 20;
const smallFile = 16384;

export interface SuiteOptions {
  quick: boolean;
  /** Documents above this size are left out. */
  largestMebibytes: number;
  /** For documents, the browser's profile and the native tools' files. */
  folder: string;
  build: string;
  opensslVersion: string;
  zipVersion: string;
  say(text: string): void;
}

export interface SuiteResult {
  rows: Row[];
  browser: string;
  growth: { what: string; from: string; to: string; factor: number }[];
}

type OtherWay = 'steps' | 'pipe' | 'lean';

const plan = {
  full: {
    runs: 5, seconds: 0.4, mebibytes: [1, 4, 16, 64, 256, 1024, 2048], counts: [1, 10, 100, 1000, 5000],
    native: [256, 1024],
  },
  quick: { runs: 3, seconds: 0.05, mebibytes: [1, 4, 16], counts: [1, 10, 100], native: [16] },
};
const heapAt = 1024; // MiB; the largest size when that is smaller

const operations = [
  { id: 'sm3', work: 'SM3', size: 4 * mebibyte, text: '4 MiB' },
  { id: 'sm4-ctr', work: 'SM4 (ours CTR, sm-crypto-v2 CBC)', nativeWork: 'SM4-CTR', size: 4 * mebibyte, text: '4 MiB' },
  { id: 'sm2-sign', work: 'SM2 sign', size: 32, text: '32 bytes' },
  { id: 'sm2-verify', work: 'SM2 verify', size: 32, text: '32 bytes' },
  { id: 'sm2-encrypt', work: 'SM2 encrypt', size: 32, text: '32 bytes' },
  { id: 'sm2-decrypt', work: 'SM2 decrypt', size: 32, text: '32 bytes' },
];

function sizeText(mebibytes: number): string {
  return mebibytes < 1024 ? `${mebibytes} MiB` : `${mebibytes / 1024} GiB`;
}

function sameDigests(all: string[][]): void {
  const [first, ...others] = all.map((each) => each.join());
  for (const other of others) {
    if (other !== first || first === '') throw new Error('the sides found different SM3 digests of the same documents');
  }
}

class CoreSuite {
  private readonly options: SuiteOptions;
  private readonly page: BenchPage;
  private readonly peers: string;
  private readonly rows: Row[] = [];
  private readonly sizes: (typeof plan)['full'];
  private readonly us: Named = { name: 'BidSeal page', version: ourVersion() };
  private readonly usNative: Named = { name: 'BidSeal native', version: ourVersion() };
  private readonly tools: Named;
  private readonly openssl: Named;
  private readonly libraries: Named = {
    name: 'hash-wasm + fflate + sm-crypto-v2',
    version: ['hash-wasm', 'fflate', 'sm-crypto-v2'].map(packageVersion).join(' + '),
  };

  constructor(options: SuiteOptions, page: BenchPage, peers: string) {
    this.options = options;
    this.page = page;
    this.peers = peers;
    const sizes = options.quick ? plan.quick : plan.full;
    const mebibytes = sizes.mebibytes.filter((each) => each <= options.largestMebibytes);
    this.sizes = { ...sizes, mebibytes };
    this.tools = { name: 'openssl + zip', version: `${options.opensslVersion} + ${options.zipVersion}` };
    this.openssl = { name: 'OpenSSL libcrypto', version: options.opensslVersion };
  }

  async run(): Promise<SuiteResult> {
    await this.start();
    await this.size();
    await this.inThePage();
    await this.native();
    for (const count of this.sizes.counts) await this.manyDocuments(count);
    for (const mebibytes of this.sizes.mebibytes) await this.oneDocument(mebibytes);
    return { rows: this.rows, browser: this.page.version(), growth: this.growth() };
  }

  private add(result: Row): void {
    this.rows.push(result);
    const { work, size, ours, peer, unit, ratio } = result;
    this.options.say(`${work}, ${size}: ${ours.median} ${unit}; ${peer.name} ${peer.median}; ${ratio.toFixed(2)}`);
  }

  private async start(): Promise<void> {
    const [ours, peers] = await takeTurns(this.sizes.runs, [
      async () => 1000 * (await this.page.readyOurs()),
      async () => 1000 * (await this.page.readyPeers()),
    ]);
    this.add(row('time to ready', 'first answer of a new worker', 'ms', 'lower', side(this.us, ours ?? []), side(this.libraries, peers ?? [])));
  }

  private async size(): Promise<void> {
    const packed = async (path: string): Promise<number> => {
      const bytes = await readFile(path);
      const params = {
        [constants.BROTLI_PARAM_QUALITY]: 11,
        [constants.BROTLI_PARAM_LGWIN]: 24,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      };
      return brotliCompressSync(bytes, { params }).length / 1000;
    };
    const ours = await packed(join(project, 'web/sdk/dist/wasm/bidseal.wasm'));
    const peers = await packed(join(this.peers, 'pack-worker.js'));
    this.add(row('packing module, brotli -q 11', 'one file', 'KB', 'lower', side(this.us, [ours]), side(this.libraries, [peers])));
  }

  private async inThePage(): Promise<void> {
    for (const { id, work, size, text } of operations) {
      const peer = { name: id === 'sm3' ? 'hash-wasm' : 'sm-crypto-v2', version: '' };
      peer.version = packageVersion(peer.name);
      await this.operation(`${work} in the page`, id, size, text, this.us, peer, this.page.operationOurs, this.page.operationPeers);
    }
  }

  private async native(): Promise<void> {
    const folder = join(this.options.build, 'native/bench');
    const ours = new OperationProgram(join(folder, 'bench_ours'));
    const theirs = new OperationProgram(join(folder, 'bench_openssl'));
    try {
      for (const { id, work, nativeWork, size, text } of operations) {
        await this.operation(
          `${nativeWork ?? work} native`, id, size, text, this.usNative, this.openssl,
          (...request) => ours.run(...request),
          (...request) => theirs.run(...request),
        );
      }
    } finally {
      ours.close();
      theirs.close();
    }
  }

  private async operation(
    work: string,
    id: string,
    size: number,
    text: string,
    us: Named,
    them: Named,
    ours: BenchPage['operationOurs'],
    theirs: BenchPage['operationOurs'],
  ): Promise<void> {
    const measured = await rates(id, size, this.sizes.runs, this.sizes.seconds, [ours, theirs]);
    const bulk = size > smallFile;
    const [mine = [], other = []] = measured.map((runs) => runs.map((rate) => (bulk ? (rate * size) / 1e6 : rate)));
    this.add(row(work, text, bulk ? 'MB/s' : 'operations/s', 'higher', side(us, mine), side(them, other)));
  }

  /** Documents of 16 KiB. */
  private async manyDocuments(count: number): Promise<void> {
    const folder = join(this.options.folder, `documents-${count}`);
    await mkdir(folder);
    const paths = Array.from({ length: count }, (_, i) => join(folder, `${String(i).padStart(4, '0')}.mp4`));
    for (const [i, path] of paths.entries()) {
      const head = documents.mp4Header();
      await writeFile(path, Buffer.concat([head, pseudoRandom(smallFile - head.length, i)]));
    }
    const text = `${count} × 16 KiB`;
    const native = count === this.sizes.counts.at(-1);
    const [ours, libraries, steps] = await this.pack(folder, paths, native ? ['steps'] : []);
    const mine = side(this.us, ours ?? []);
    this.add(row('pack small documents', text, 's', 'lower', mine, side(this.libraries, libraries ?? [])));
    if (native) this.add(row('pack small documents', text, 's', 'lower', mine, side(this.tools, steps ?? [])));
    await rm(folder, { recursive: true });
  }

  private async oneDocument(mebibytes: number): Promise<void> {
    const folder = join(this.options.folder, `document-${mebibytes}`);
    await mkdir(folder);
    const path = join(folder, 'video.mp4');
    await writePseudoRandomFile(path, mebibytes * mebibyte, 11, documents.mp4Header());
    const native = this.sizes.native.includes(mebibytes);
    const first = mebibytes === this.sizes.native[0];
    const others: OtherWay[] = native ? ['steps', ...(first ? (['pipe', 'lean'] as const) : [])] : [];
    // Everything is warm when the large ones come.
    const measured = await this.pack(folder, [path], others, mebibytes < 256);
    const [ours = [], libraries = [], steps = [], pipe = [], lean = []] = measured.map((runs) =>
      runs.map((seconds) => (mebibytes * mebibyte) / 1e6 / seconds),
    );
    const mine = side(this.us, ours);
    const add = (work: string, peer: Named, runs: number[]): void =>
      this.add(row(work, sizeText(mebibytes), 'MB/s', 'higher', mine, side(peer, runs)));
    add('pack', this.libraries, libraries);
    if (native) add('pack', this.tools, steps);
    if (first) {
      add('pack; the peer in a pipe on all cores', this.tools, pipe);
      add('pack; the peer leaves the ciphertext unhashed', this.libraries, lean);
    }
    if (mebibytes === Math.min(heapAt, Math.max(...this.sizes.mebibytes))) {
      const heap = side(this.us, [(await this.page.heapBytes()) / mebibyte]);
      const limit = side({ name: 'limit', version: 'of the design' }, [64]);
      this.add(row('memory of the module, most', sizeText(mebibytes), 'MiB', 'lower', heap, limit));
    }
    await rm(folder, { recursive: true });
  }

  /** Seconds by the page, by the libraries, and by the other ways asked for, in turns. */
  private async pack(folder: string, paths: string[], others: OtherWay[], warmUp = true): Promise<number[][]> {
    await writeFile(join(folder, 'names'), paths.map((path) => `${path}\0`).join(''));
    await this.page.giveFiles('bench', paths);
    const digests: string[][] = [];
    const noted = (packed: Pick<Packed, 'seconds' | 'digests'>): number => {
      digests.push(packed.digests);
      return packed.seconds;
    };
    const ways = others.map((way) => async () =>
      noted(way === 'lean' ? await this.page.packPeers('bench', false) : packNative(folder, way)),
    );
    const result = await takeTurns(
      this.sizes.runs,
      [async () => noted(await this.page.packOurs('bench')), async () => noted(await this.page.packPeers('bench')), ...ways],
      warmUp,
    );
    sameDigests(digests);
    return result;
  }

  /** Time per byte and per document at the largest size, against the smallest one that is not all overhead. */
  private growth(): { what: string; from: string; to: string; factor: number }[] {
    const ofPeer = this.rows.filter((each) => each.peer.name === this.libraries.name);
    const one = ofPeer.filter((each) => each.work === 'pack');
    const many = ofPeer.filter((each) => each.work === 'pack small documents');
    const result: { what: string; from: string; to: string; factor: number }[] = [];
    const from = one[Math.min(3, one.length - 2)];
    const to = one.at(-1);
    if (from !== undefined && to !== undefined) {
      const factor = Number((from.ours.median / to.ours.median).toFixed(3));
      result.push({ what: 'seconds per byte', from: from.size, to: to.size, factor });
    }
    const few = many.at(-2);
    const most = many.at(-1);
    if (few !== undefined && most !== undefined) {
      const per = (each: Row): number => each.ours.median / Number.parseInt(each.size, 10);
      result.push({ what: 'seconds per document', from: few.size, to: most.size, factor: Number((per(most) / per(few)).toFixed(3)) });
    }
    return result;
  }
}

export async function runCore(options: SuiteOptions): Promise<SuiteResult> {
  const peers = join(options.build, 'bench/peers');
  await bundlePeers(peers);
  for (const needed of ['native/bench/bench_ours', 'native/bench/bench_openssl', 'wasm/bench/bidseal_bench.mjs']) {
    if (!existsSync(join(options.build, needed))) throw new Error(`${needed} is not built`);
  }
  const page = await BenchPage.start(options.folder, peers);
  try {
    const required = join(options.folder, 'required');
    await mkdir(required);
    const paths = ['licence.pdf', 'list.xlsx'].map((name) => join(required, name));
    await writeFile(paths[0] as string, documents.pdf('licence'));
    await writeFile(paths[1] as string, documents.xlsx(20));
    await page.giveFiles('required', paths);
    const result = await new CoreSuite(options, page, peers).run();
    if (page.browser.problems.length > 0) throw new Error(page.browser.problems.join('\n'));
    return result;
  } finally {
    await page.close();
  }
}
