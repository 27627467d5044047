// Pictures of the pages, made only when asked for.
//   BIDSEAL_PICTURES      folder for every state in both languages and both widths
//   BIDSEAL_DOC_PICTURES  folder for the pictures of README.md and docs/ (docs/images)
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { test } from './drive.ts';

/** A picture of the whole page in both languages and both widths; also sees that nothing is cut off. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['BIDSEAL_PICTURES'];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  for (const language of ['en', 'zh']) {
    await page.click(test(`language-${language}`));
    for (const [form, width, height] of [['desktop', 1280, 860], ['phone', 390, 844]] as const) {
      await page.setViewportSize({ width, height });
      await page.evaluate(() => window.scrollTo(0, 0));
      await page.screenshot({ path: join(folder, `${name}-${language}-${form}.png`), fullPage: true });
      const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(tooWide <= 0, `${name} in ${language} is ${tooWide} px too wide at ${width}`);
    }
  }
  await page.setViewportSize({ width: 1280, height: 860 });
}

/** A picture for the documents: one screen, from `selector` on. */
export async function documentPicture(page: Page, name: string, language: 'en' | 'zh', selector: string, height = 900): Promise<void> {
  const folder = process.env['BIDSEAL_DOC_PICTURES'];
  if (folder === undefined) return;
  await page.click(test(`language-${language}`));
  await page.setViewportSize({ width: 1180, height });
  await page.locator(selector).first().evaluate((element) => window.scrollTo(0, element.getBoundingClientRect().top + scrollY - 16));
  await page.screenshot({ path: join(folder, `${name}.png`) });
  await page.click(test('language-zh'));
  await page.setViewportSize({ width: 1280, height: 860 });
}
