// Chromium's own PDF viewer opens sealed files of every producer and shows the picture where it was put.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, it } from 'node:test';
import type { Page } from 'playwright-core';
import { startBrowser, type TestBrowser } from '../lib/browser.ts';
import { startStaticServer, type StaticServer } from '../lib/static-server.ts';
import { PagesWorld } from '../pages/world.ts';
import { SealWorld, vectors } from './world.ts';

const documents = readdirSync(join(vectors, 'pdf')).filter((name) => name.endsWith('.pdf'));
let pages: PagesWorld;
let world: SealWorld;
let server: StaticServer;
let browser: TestBrowser;
let viewer: Page;
/** Looks at screenshots. */
let eye: Page;

before(async () => {
  pages = await PagesWorld.start();
  world = new SealWorld(pages);
  // The viewer is a page of the browser's: no policy of ours.
  server = await startStaticServer({ mounts: { '/': pages.folder }, policy: '', pages: { '/empty.html': '<!doctype html><link rel="icon" href="data:,">' } });
  browser = await startBrowser();
  browser.context.setDefaultTimeout(120_000);
  eye = await browser.open(`${server.origin}/empty.html`);
  viewer = await browser.open(`${server.origin}/empty.html`);
  await viewer.setViewportSize({ width: 1000, height: 1400 });
});

after(async () => {
  await browser?.close();
  await server?.close();
  await pages?.close();
});

interface Seen {
  /** Columns and first row of the page in the picture. */
  page: { left: number; right: number; top: number };
  red: { left: number; top: number; right: number; bottom: number } | undefined;
}

/** Where the page and the red of the seal stand in a screenshot; the viewer's ground has one colour. */
async function look(): Promise<Seen | undefined> {
  const png = (await viewer.screenshot()).toString('base64');
  return eye.evaluate(async (data) => {
    const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))]));
    const { width, height } = bitmap;
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
    context.drawImage(bitmap, 0, 0);
    const pixels = context.getImageData(0, 0, width, height).data;
    const at = (x: number, y: number): number[] => [...pixels.subarray(4 * (y * width + x), 4 * (y * width + x) + 3)];
    const ground = at(1, 600).join();
    const isPage = (x: number, y: number): boolean => at(x, y).join() !== ground && Math.min(...at(x, y)) > 90;
    const columns = Array.from({ length: width }, (_, x) => x).filter((x) => isPage(x, 600));
    const middle = Math.round(width / 2);
    const top = Array.from({ length: height }, (_, y) => y).find((y) => isPage(middle, y));
    const [left, right] = [columns.at(0), columns.at(-1)];
    if (left === undefined || right === undefined || top === undefined || right - left < 300) return undefined;
    let red: { left: number; top: number; right: number; bottom: number } | undefined;
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) {
        const [r = 0, g = 0, b = 0] = at(x, y);
        if (r < 180 || g > 60 || b > 60) continue;
        red ??= { left: x, top: y, right: x + 1, bottom: y + 1 };
        red = { left: Math.min(red.left, x), top: red.top, right: Math.max(red.right, x + 1), bottom: y + 1 };
      }
    }
    return { page: { left, right: right + 1, top }, red };
  }, png);
}

/** Width of the first page as it is shown. */
function pageWidthMm(file: string): number {
  const said = execFileSync('pdfinfo', ['-f', '1', '-l', '1', file], { encoding: 'utf8' });
  const [, width, height] = said.match(/Page +1 size: +([\d.]+) x ([\d.]+)/) ?? [];
  const turned = Number(said.match(/Page +1 rot: +(\d+)/)?.[1] ?? 0) % 180 !== 0;
  return (Number(turned ? height : width) * 25.4) / 72;
}

for (const name of documents) {
  it(`${name} is shown with its seal`, async () => {
    const sealed = world.stamp(join(vectors, 'pdf', name), `sealed-${name}`, world.keyFiles('company'), '--seal', world.esl, '--place', '1:30:40');
    await viewer.goto('about:blank');
    await viewer.goto(`${server.origin}/${basename(sealed)}#toolbar=0&view=FitH`);
    let seen: Seen | undefined;
    for (const end = Date.now() + 30_000; seen?.red === undefined && Date.now() < end; ) {
      await viewer.waitForTimeout(300);
      seen = await look();
    }
    assert.ok(seen?.red !== undefined, JSON.stringify(seen));
    const { page, red } = seen;
    const mm = pageWidthMm(sealed) / (page.right - page.left);
    const box = [(red.left - page.left) * mm, (red.top - page.top) * mm, (red.right - page.left) * mm, (red.bottom - page.top) * mm];
    // The ring of the picture leaves one of its forty pixels free at each side.
    const wanted = [31, 41, 71, 81];
    assert.ok(box.every((value, i) => Math.abs(value - (wanted[i] ?? 0)) < 1.5), `${box.map((value) => value.toFixed(1)).join(', ')}`);
  });
}
