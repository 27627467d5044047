// A page with the SDK, the harness and a world of certificates and a tender file.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { type BrowserOptions, startBrowser, type TestBrowser } from './browser.ts';
import { moduleFolder } from './core-for-node.ts';
import { type Company, OpensslCa } from './openssl-ca.ts';
import { startStaticServer, type StaticServer } from './static-server.ts';
import { type Issuers, makeTender, type TenderOptions } from './tender.ts';

const project = join(import.meta.dirname, '../../..');

export interface World {
  folder: string;
  ca: Issuers;
  /** Those whose keys the page gets as files. */
  companies: Partial<Record<'platform' | 'supplier' | 'colleague' | 'rival', Company>>;
  tender: Buffer;
}

export async function makeWorld(options: TenderOptions = {}): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'bidseal-world-'));
  const ca = new OpensslCa(folder, '测试根证书机构');
  const companies = {
    platform: ca.issueCompany('测试交易平台有限公司', '91110000000000001A'),
    supplier: ca.issueCompany('某某建设工程有限公司', '91330000000000002B'),
    colleague: ca.issueCompany('某某建设工程有限公司', '91330000000000002B'),
    rival: ca.issueCompany('另一家建设有限公司', '91440000000000003C'),
  };
  return { folder, ca, companies, tender: await makeTender(ca, companies.platform, options) };
}

/** What the harness takes: everything as base64. */
export function plain(world: World): unknown {
  const key = (files: { certificate: Buffer; privateKey: Buffer }) => ({
    certificate: files.certificate.toString('base64'),
    privateKey: files.privateKey.toString('base64'),
  });
  return {
    root: world.ca.certificate.toString('base64'),
    intermediates: (world.ca.intermediates ?? []).map((each) => each.toString('base64')),
    tender: world.tender.toString('base64'),
    companies: Object.fromEntries(
      Object.entries(world.companies).map(([name, company]) => [
        name,
        { signing: key(company.signing), encryption: key(company.encryption) },
      ]),
    ),
  };
}

/** Calls a function of an object that a page keeps under a global name. */
export function callInPage(page: Page, object: string, name: string, args: unknown[]): Promise<unknown> {
  return page.evaluate(
    ([objectName, functionName, values]) =>
      (globalThis as unknown as Record<string, Record<string, (...args: unknown[]) => unknown>>)[objectName]?.[functionName]?.(
        ...(values as unknown[]),
      ),
    [object, name, args] as const,
  );
}

/** `{ value }` or `{ error }`, as the harness gives it. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- plain data whose shape the tests assert
export type Outcome = { value?: any; error?: { code: string; subject: string; position?: number; retriesLeft?: number; zh: string } };

export class SdkPage {
  readonly browser: TestBrowser;
  readonly server: StaticServer;
  readonly page: Page;
  readonly world: World;

  private constructor(browser: TestBrowser, server: StaticServer, page: Page, world: World) {
    this.browser = browser;
    this.server = server;
    this.page = page;
    this.world = world;
  }

  static async start(options: BrowserOptions & { tender?: TenderOptions; world?: World } = {}): Promise<SdkPage> {
    const world = options.world ?? (await makeWorld(options.tender));
    const server = await startStaticServer({
      mounts: {
        '/sdk/': join(project, 'web/sdk/dist'),
        '/module/': moduleFolder,
        '/page/': join(project, 'tests/browser/page'),
      },
      pages: {
        '/': '<!doctype html><meta charset="utf-8"><title>SDK</title><link rel="icon" href="data:,"><input type="file" multiple><script type="module" src="/page/harness.js"></script>',
      },
    });
    const browser = await startBrowser(options);
    const page = await browser.open(`${server.origin}/`);
    const result = new SdkPage(browser, server, page, world);
    await result.ready();
    return result;
  }

  /** After a load: waits for the harness, starts the SDK, opens the tender file. */
  async ready(): Promise<void> {
    await this.page.waitForFunction(() => (globalThis as { harness?: object }).harness !== undefined);
    await this.call('start', plain(this.world));
    const opened = (await this.call('openTender')) as Outcome;
    if (opened.error !== undefined) throw new Error(`tender: ${JSON.stringify(opened.error)}`);
  }

  /** Calls a function of the harness in the page. */
  call(name: string, ...args: unknown[]): Promise<unknown> {
    return callInPage(this.page, 'harness', name, args);
  }

  /** Waits until a function of the harness gives true. */
  async until(name: string): Promise<void> {
    for (const end = Date.now() + 30_000; Date.now() < end; ) {
      if ((await this.call(name)) === true) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`${name} did not come true`);
  }

  attempt(name: string, ...args: unknown[]): Promise<Outcome> {
    return this.call(name, ...args) as Promise<Outcome>;
  }

  /** Puts files of the disk into the page's input and keeps them there under `name`. */
  async giveFiles(name: string, paths: string[]): Promise<void> {
    await this.page.locator('input').setInputFiles(paths);
    await this.call('takeFiles', name);
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.server.close();
    await rm(this.world.folder, { recursive: true, force: true });
  }
}
