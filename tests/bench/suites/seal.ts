// Sealing PDFs of growing size with RSA: the page beside pdf-lib and @signpdf, the command line beside pdfsig.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import type { Page } from 'playwright-core';
import { startBrowser, type TestBrowser } from '../../browser/lib/browser.ts';
import { writeLargePdf } from '../../browser/lib/fixtures/large-pdf.ts';
import { startStaticServer, type StaticServer } from '../../browser/lib/static-server.ts';
import { ourVersion, packageVersion } from '../lib/machine.ts';
import { type Named, row, type Row, side, takeTurns } from '../lib/measure.ts';
import { bundlePeers } from '../lib/page.ts';
import type { SuiteOptions, SuiteResult } from './core.ts';

const project = join(import.meta.dirname, '../../..');
const picture = join(project, 'tests/vectors/seal/small.png');
const pageBytes = 100_000;
const passphrase = 'bench';
const mebibyte = 2 ** 20;
const heapLimit = 128;

const plan = {
  full: { runs: 5, megabytes: [1, 10, 100, 300] },
  quick: { runs: 3, megabytes: [1, 10] },
};

class SealSuite {
  private readonly options: SuiteOptions;
  private readonly runs: number;
  private readonly megabytes: number[];
  private readonly rows: Row[] = [];
  private readonly us: Named = { name: 'BidSeal page', version: ourVersion() };
  private readonly usNative: Named = { name: 'BidSeal native', version: ourVersion() };
  private readonly libraries: Named;
  private readonly pdfsig: Named;
  private readonly files: string[] = [];
  private server!: StaticServer;
  private browser!: TestBrowser;
  private page!: Page;

  constructor(options: SuiteOptions) {
    this.options = options;
    const { runs, megabytes } = options.quick ? plan.quick : plan.full;
    this.runs = runs;
    this.megabytes = megabytes.filter((each) => each <= options.largestMebibytes);
    const names = ['pdf-lib', '@signpdf/signpdf'];
    this.libraries = { name: 'pdf-lib + @signpdf', version: names.map(packageVersion).join(' + ') };
    const [, version = ''] = /version ([\d.]+)/.exec(this.run('pdfsig', '-v')) ?? [];
    this.pdfsig = { name: 'pdfsig (poppler)', version };
  }

  async measure(): Promise<SuiteResult> {
    await this.prepare();
    try {
      this.size();
      for (const [index, megabytes] of this.megabytes.entries()) {
        await this.inThePage(index, `${megabytes} MB`);
        await this.native(index, `${megabytes} MB`);
      }
      const heap = ((await this.call('heapBytes')) as number) / mebibyte;
      const limit = side({ name: 'limit', version: 'docs/bench/method.md' }, [heapLimit]);
      this.add(row('memory of the module, most', `${this.megabytes.at(-1)} MB`, 'MiB', 'lower', side(this.us, [heap]), limit));
      return { rows: this.rows, browser: this.browser.context.browser()?.version() ?? 'unknown', growth: this.growth() };
    } finally {
      await this.browser.close();
      await this.server.close();
    }
  }

  private at(name: string): string {
    return join(this.options.folder, name);
  }

  /** Standard output and error of a program that must end well. */
  private run(program: string, ...words: string[]): string {
    return execFileSync('sh', ['-c', 'exec "$@" 2>&1', 'sh', program, ...words], { encoding: 'utf8' });
  }

  private bidseal(program: 'bidseal' | 'bidseal-testca', ...words: string[]): string {
    return this.run(join(this.options.build, 'native/bin', program), ...words);
  }

  private call(name: string, ...args: unknown[]): Promise<unknown> {
    return this.page.evaluate(
      ([functionName, values]) =>
        (globalThis as unknown as { bench: Record<string, (...args: unknown[]) => unknown> }).bench[functionName]?.(...values),
      [name, args] as const,
    );
  }

  private async prepare(): Promise<void> {
    this.bidseal('bidseal-testca', 'init', this.at('ca'), '--alg', 'rsa');
    this.bidseal('bidseal-testca', 'platform', this.at('ca'), '--name', 'Bench', '--code', '91310000MA1FL0XX0A', '--out', this.at('key'), '--alg', 'rsa');
    const [certificate, key] = [this.at('key/sign.crt'), this.at('key/sign.key')];
    this.run('openssl', 'x509', '-in', certificate, '-outform', 'DER', '-out', this.at('crt.der'));
    this.run('openssl', 'pkcs8', '-topk8', '-nocrypt', '-in', key, '-outform', 'DER', '-out', this.at('key.der'));
    this.run(
      'openssl', 'pkcs12', '-export', '-in', certificate, '-inkey', key, '-name', 'bench', '-passout', `pass:${passphrase}`, '-keypbe',
      'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1', '-out', this.at('key.p12'),
    );
    mkdirSync(this.at('nss'));
    this.run('certutil', '-N', '-d', `sql:${this.at('nss')}`, '--empty-password');
    this.run('pk12util', '-i', this.at('key.p12'), '-d', `sql:${this.at('nss')}`, '-W', passphrase, '-K', '');
    for (const megabytes of this.megabytes) {
      const path = this.at(`${megabytes}.pdf`);
      await writeLargePdf(path, Math.ceil((megabytes * 1e6) / pageBytes), pageBytes - 400);
      this.files.push(path);
    }

    const peers = this.at('peers');
    await bundlePeers(peers, ['seal-worker']);
    this.server = await startStaticServer({
      mounts: { '/sdk/': join(project, 'web/sdk/dist'), '/bench/': join(import.meta.dirname, '../page'), '/peers/': peers },
      pages: {
        '/': '<!doctype html><meta charset="utf-8"><title>Benchmark</title><link rel="icon" href="data:,"><input type="file" multiple><script type="module" src="/bench/seal-bench.js"></script>',
      },
    });
    this.browser = await startBrowser({ profileParent: this.options.folder });
    this.page = await this.browser.open(`${this.server.origin}/`);
    this.page.setDefaultTimeout(0);
    await this.page.waitForFunction(() => (globalThis as { bench?: object }).bench !== undefined);
    const base64 = (path: string): string => readFileSync(path).toString('base64');
    await this.call('start', {
      certificate: base64(this.at('crt.der')), privateKey: base64(this.at('key.der')), p12: base64(this.at('key.p12')), passphrase,
      picture: base64(picture),
    });
    await this.page.setInputFiles('input', this.files);
    await this.call('takeFiles');
  }

  private add(result: Row): void {
    this.rows.push(result);
    const { work, size, ours, peer, unit, ratio } = result;
    this.options.say(`${work}, ${size}: ${ours.median} ${unit}; ${peer.name} ${peer.median}; ${ratio.toFixed(2)}`);
  }

  private size(): void {
    const packed = (path: string): number =>
      brotliCompressSync(readFileSync(path), { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 } }).length / 1000;
    const ours = packed(join(project, 'web/sdk/dist/wasm/bidseal_seal.wasm'));
    const peers = packed(this.at('peers/seal-worker.js'));
    this.add(row('sealing module, brotli -q 11', 'one file', 'KB', 'lower', side(this.us, [ours]), side(this.libraries, [peers])));
  }

  private async inThePage(index: number, size: string): Promise<void> {
    const measurements = ['sealOurs', 'sealPeers'].map((name) => async () => (await this.call(name, index)) as number);
    const [ours, peers] = await takeTurns(this.runs, measurements);
    if (index === 0) await this.judgeBoth();
    this.add(row('seal in the page', size, 's', 'lower', side(this.us, ours ?? []), side(this.libraries, peers ?? [])));
  }

  /** Poppler finds one valid signature on what either made: they did the work. */
  private async judgeBoth(): Promise<void> {
    for (const name of ['sealOurs', 'sealPeers']) {
      await this.call(name, 0);
      const [taken] = await Promise.all([this.page.waitForEvent('download'), this.call('save')]);
      await taken.saveAs(this.at('judged.pdf'));
      this.valid(this.at('judged.pdf'));
    }
  }

  private valid(file: string): void {
    const said = this.run('pdfsig', '-nocert', file);
    if (said.match(/Signature is Valid\./g)?.length !== 1) throw new Error(`not sealed:\n${said}`);
  }

  private async native(index: number, size: string): Promise<void> {
    const file = this.files[index] as string;
    const out = this.at('out.pdf');
    const timed = (seal: () => void) => async (): Promise<number> => {
      rmSync(out, { force: true });
      const begin = performance.now();
      seal();
      return (performance.now() - begin) / 1000;
    };
    const bySelf = timed(() => {
      this.bidseal(
        'bidseal', 'seal', 'stamp', file, '--picture', picture, '--place', '1:30:40', '--sign-cert', this.at('key/sign.crt'), '--sign-key',
        this.at('key/sign.key'), '--out', out,
      );
    });
    const byPdfsig = timed(() => {
      this.run('pdfsig', file, out, '-add-signature', '-nick', 'bench', '-nssdir', this.at('nss'));
    });
    for (const seal of [bySelf, byPdfsig]) {
      await seal();
      if (statSync(out).size <= statSync(file).size) throw new Error('nothing was added');
      this.valid(out);
    }
    const [ours, theirs] = await takeTurns(this.runs, [bySelf, byPdfsig], false);
    this.add(row('seal native, with the start of the program', size, 's', 'lower', side(this.usNative, ours ?? []), side(this.pdfsig, theirs ?? [])));
  }

  private growth(): SuiteResult['growth'] {
    const [from, to] = [this.megabytes.at(-2), this.megabytes.at(-1)];
    if (from === undefined || to === undefined) return [];
    const seconds = (megabytes: number): number =>
      this.rows.find((each) => each.work === 'seal in the page' && each.size === `${megabytes} MB`)?.ours.median ?? NaN;
    const factor = Number((seconds(to) / to / (seconds(from) / from)).toPrecision(3));
    return [{ what: 'seconds per byte', from: `${from} MB`, to: `${to} MB`, factor }];
  }
}

export function runSeal(options: SuiteOptions): Promise<SuiteResult> {
  return new SealSuite(options).measure();
}
