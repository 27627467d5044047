// Whether everyone can use a page as it stands.
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { faults } from '../lib/faults.ts';
import { test } from './drive.ts';

/** Nothing is in the way of keyboard, screen reader or a narrow screen, in both languages. */
export async function usable(page: Page, where: string): Promise<void> {
  for (const language of ['en', 'zh']) {
    await page.click(test(`language-${language}`));
    for (const [width, height] of [[390, 844], [1280, 860]] as const) {
      await page.setViewportSize({ width, height });
      assert.deepEqual(await page.evaluate(faults), [], `${where}, ${language}, ${width} px`);
    }
  }
}
