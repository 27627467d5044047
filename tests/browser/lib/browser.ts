// Starts the machine's own Chromium for a test.
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';

// The npm packages belong to the web workspace; tests stand outside of it.
const fromWeb = createRequire(new URL('../../../web/package.json', import.meta.url));
const { chromium } = fromWeb('playwright-core') as typeof import('playwright-core');

const quietFlags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface TestBrowser {
  context: BrowserContext;
  /** A fresh page that stands on `url`; errors of the page go to `problems`. */
  open(url: string): Promise<Page>;
  /** Uncaught errors and console errors of all pages, in order. */
  problems: string[];
  close(): Promise<void>;
}

export interface BrowserOptions {
  flags?: string[];
  locale?: string;
  /** Where the profile goes; it must have room for everything that a test keeps in private storage. */
  profileParent?: string;
  /** Default: true. */
  ignoreHTTPSErrors?: boolean;
  /** Variables beside those of the test. */
  env?: Record<string, string>;
}

/**
 * A context with a profile on disk: Playwright's ordinary contexts keep private storage in memory,
 * where large files end early without an error.
 */
export async function startBrowser(options: BrowserOptions = {}): Promise<TestBrowser> {
  const profile = await mkdtemp(join(options.profileParent ?? tmpdir(), 'bidseal-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [...quietFlags, ...(options.flags ?? [])],
    acceptDownloads: true,
    ignoreHTTPSErrors: options.ignoreHTTPSErrors ?? true,
    ...(options.env === undefined ? {} : { env: { ...process.env, ...options.env } as Record<string, string> }),
    ...(options.locale === undefined ? {} : { locale: options.locale }),
  });
  const problems: string[] = [];
  context.on('page', (page) => {
    page.on('pageerror', (error) => problems.push(`page error: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(`console: ${message.text()}`);
    });
  });
  return {
    context,
    problems,
    async open(url) {
      const page = await context.newPage();
      await page.goto(url);
      return page;
    },
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}
