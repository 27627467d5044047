// What a person does on the pages, by the same buttons and fields.
import type { Download, Page } from 'playwright-core';

export const test = (name: string): string => `[data-test="${name}"]`;

/** Adds a root certificate on either page and confirms it. */
export async function trust(page: Page, root: string): Promise<void> {
  await page.setInputFiles(test('root-file'), root);
  await page.click(test('trust-accept'));
  await page.waitForSelector(test('root'));
}

/** Opens a step of the bid maker. */
export async function step(page: Page, name: 'tender' | 'documents' | 'summary' | 'key' | 'seal'): Promise<void> {
  await page.click(test(`step-${name}`));
  await page.waitForSelector(`#step-${name}`);
}

export async function importTender(page: Page, tender: string, lot = 'lot-1'): Promise<void> {
  await page.setInputFiles(test('tender-file'), tender);
  await page.waitForSelector(test('tender-facts'));
  await page.click(`${test('lot')}:has-text("${lot}")`);
}

/** Files by slot, as `envelope-slot`. */
export async function addDocuments(page: Page, files: Record<string, string[]>): Promise<void> {
  await step(page, 'documents');
  for (const [slot, paths] of Object.entries(files)) {
    for (const path of paths) await page.setInputFiles(test(`files-${slot}`), path);
  }
  await checked(page);
}

/** Waits until every document has been looked at. */
export async function checked(page: Page): Promise<void> {
  await page.waitForSelector(test('checking'), { state: 'detached', timeout: 120_000 });
}

export const figures = { total: '12345678.90', days: '365', quality: '优良', manager: '王建国', start: '2027-03-01' };

export async function fillSummary(page: Page, values: Partial<typeof figures> = figures): Promise<void> {
  await step(page, 'summary');
  for (const [field, value] of Object.entries(values)) {
    const selector = `#field-${field}`;
    if (field === 'quality') await page.selectOption(selector, value);
    else await page.fill(selector, value);
  }
}

/** Goes to the key step and waits for a state of the bridge. */
export async function bridgeState(page: Page, state: string, timeout = 20_000): Promise<void> {
  await page.waitForSelector(`[data-bridge="${state}"]`, { timeout });
}

export async function chooseKey(page: Page): Promise<void> {
  await step(page, 'key');
  await page.waitForSelector(test('key'), { timeout: 20_000 });
  await page.check(test('key'));
}

/** Clicks "sign and encrypt" and waits for the result or an error; gives the error's code. */
export async function seal(page: Page): Promise<string | undefined> {
  await step(page, 'seal');
  await page.click(test('seal'));
  return outcome(page, test('seal-result'));
}

/** The code of the error that the page shows, or undefined when `good` appeared first. */
export async function outcome(page: Page, good: string, timeout = 180_000): Promise<string | undefined> {
  const shown = await page.waitForSelector(`[data-error], ${good}`, { timeout });
  return (await shown.getAttribute('data-error')) ?? undefined;
}

export async function errorTexts(page: Page): Promise<{ action: string; retries: string | undefined }> {
  const action = await page.textContent(`[data-error] ${test('error-action')}`);
  const retries = await page.$(`[data-error] ${test('error-retries')}`);
  return { action: action?.trim() ?? '', retries: (await retries?.textContent())?.trim() };
}

/** Clicks and takes what the browser downloads. */
export async function download(page: Page, selector: string, path: string): Promise<Download> {
  const [taken] = await Promise.all([page.waitForEvent('download', { timeout: 120_000 }), page.click(selector)]);
  await taken.saveAs(path);
  return taken;
}

/** The checks of the opening page by name. */
export async function checks(page: Page): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const item of await page.$$('[data-check]')) {
    found[(await item.getAttribute('data-check')) ?? ''] = (await item.getAttribute('data-state')) ?? '';
  }
  return found;
}

export async function chooseBidAndTender(page: Page, bid: string, tender: string): Promise<void> {
  await page.setInputFiles(test('tender-file'), tender);
  await page.setInputFiles(test('bid-file'), bid);
}

/** Until no check is waiting or running any more. */
export async function checksEnded(page: Page): Promise<Record<string, string>> {
  await page.waitForFunction(
    () => {
      const states = [...document.querySelectorAll('[data-check]')].map((item) => item.getAttribute('data-state'));
      return states.length > 0 && states.every((state) => state === 'passed' || state === 'failed' || state === 'not_run');
    },
    undefined,
    { timeout: 120_000 },
  );
  return checks(page);
}
