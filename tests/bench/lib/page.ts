// A page in headless Chromium with the SDK, the peers and functions that time both.
import { mkdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { startBrowser, type TestBrowser } from '../../browser/lib/browser.ts';
import { moduleFolder } from '../../browser/lib/core-for-node.ts';
import { callInPage, makeWorld, plain, type World } from '../../browser/lib/sdk-page.ts';
import { startStaticServer, type StaticServer } from '../../browser/lib/static-server.ts';

const bench = join(import.meta.dirname, '..');
const project = join(bench, '../..');
const require = createRequire(join(project, 'web/sdk/package.json'));

const peerPackages = [
  'fflate', 'hash-wasm', 'sm-crypto-v2', 'pdf-lib', '@signpdf/placeholder-pdf-lib', '@signpdf/signer-p12', '@signpdf/signpdf', 'buffer',
];

/** Bundles the peers' workers, minified, as a page would ship them. */
export async function bundlePeers(folder: string, names = ['pack-worker', 'operations-worker']): Promise<void> {
  const { build } = (await import(pathToFileURL(join(dirname(require.resolve('vite/package.json')), 'dist/node/index.js')).href)) as {
    build(options: object): Promise<unknown>;
  };
  const package_ = (name: string): string => join(project, 'web/node_modules', name);
  for (const name of names) {
    await build({
      configFile: false,
      logLevel: 'error',
      root: join(bench, 'peers/js'),
      resolve: { alias: Object.fromEntries(peerPackages.map((each) => [each, package_(each)])) },
      build: {
        outDir: folder,
        emptyOutDir: false,
        target: 'es2022',
        minify: true,
        lib: { entry: join(bench, `peers/js/${name}.js`), formats: ['es'], fileName: () => `${name}.js` },
      },
    });
  }
}

export interface Packed {
  seconds: number;
  size: number;
  digests: string[];
}

export class BenchPage {
  readonly browser: TestBrowser;
  private readonly server: StaticServer;
  private readonly page: Page;
  private readonly world: World;

  private constructor(browser: TestBrowser, server: StaticServer, page: Page, world: World) {
    this.browser = browser;
    this.server = server;
    this.page = page;
    this.world = world;
  }

  /** `folder`: for the browser's profile; it needs room for the largest bid. */
  static async start(folder: string, peers: string): Promise<BenchPage> {
    const world = await makeWorld();
    const server = await startStaticServer({
      mounts: {
        '/sdk/': join(project, 'web/sdk/dist'),
        '/module/': moduleFolder,
        '/bench-module/': join(moduleFolder, '../bench'),
        '/page/': join(project, 'tests/browser/page'),
        '/bench/': join(bench, 'page'),
        '/peers/': peers,
      },
      pages: {
        '/': '<!doctype html><meta charset="utf-8"><title>Benchmark</title><link rel="icon" href="data:,"><input type="file" multiple><script type="module" src="/bench/bench.js"></script>',
      },
    });
    await mkdir(folder, { recursive: true });
    const browser = await startBrowser({ profileParent: folder });
    const page = await browser.open(`${server.origin}/`);
    page.setDefaultTimeout(0);
    const result = new BenchPage(browser, server, page, world);
    await page.waitForFunction(() => (globalThis as { bench?: object }).bench !== undefined);
    await result.call('harness', 'start', plain(world), 1);
    const opened = (await result.call('harness', 'openTender')) as { error?: unknown };
    if (opened.error !== undefined) throw new Error(`tender: ${JSON.stringify(opened.error)}`);
    return result;
  }

  /** Calls a function of the harness or of the benchmark in the page. */
  private call(object: 'harness' | 'bench', name: string, ...args: unknown[]): Promise<unknown> {
    return callInPage(this.page, object, name, args);
  }

  async giveFiles(name: string, paths: string[]): Promise<void> {
    await this.page.locator('input').setInputFiles(paths);
    await this.call('harness', 'takeFiles', name);
  }

  packOurs = (from: string): Promise<Packed> => this.call('bench', 'packOurs', from) as Promise<Packed>;
  packPeers = (from: string, hashCiphertext = true): Promise<Packed> =>
    this.call('bench', 'packPeers', from, hashCiphertext) as Promise<Packed>;
  operationOurs = (operation: string, size: number, count: number): Promise<number> =>
    this.call('bench', 'operationOurs', operation, size, count) as Promise<number>;
  operationPeers = (operation: string, size: number, count: number): Promise<number> =>
    this.call('bench', 'operationPeers', operation, size, count) as Promise<number>;
  readyOurs = (): Promise<number> => this.call('bench', 'readyOurs') as Promise<number>;
  readyPeers = (): Promise<number> => this.call('bench', 'readyPeers') as Promise<number>;
  heapBytes = (): Promise<number> => this.call('harness', 'heapBytes') as Promise<number>;
  version = (): string => this.browser.context.browser()?.version() ?? 'unknown';

  async close(): Promise<void> {
    await this.browser.close();
    await this.server.close();
    await rm(this.world.folder, { recursive: true, force: true });
  }
}
