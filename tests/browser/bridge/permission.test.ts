// The browser's permission to reach programs on this machine: a page of the public internet, as the
// browser sees it, in each state of the permission, with the bridge running and not.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, it } from 'node:test';
import type { Page } from 'playwright-core';
import { Daemon, freePort, makeWorld, removeWorld } from '../../bridge/daemon.mjs';
import { startBrowser, type TestBrowser } from '../lib/browser.ts';
import { startStaticServer, type StaticServer } from '../lib/static-server.ts';

const host = 'tender.test';
let keys: string;
let folder: string;
let server: StaticServer;
let browser: TestBrowser;
let origin: string;
let daemon: Daemon;
let page: Page;

type Status = { state: string };

/** A client of the SDK in the page, for a bridge on this port. */
async function client(port: number): Promise<void> {
  page = await browser.open(`${origin}/`);
  await page.evaluate(async (each) => {
    const url = '/sdk/index.js'; // a constant would be looked for at compile time
    const { BridgeClient } = (await import(url)) as { BridgeClient: new (options: { ports: number[]; acceptPreloaded: boolean }) => object };
    (globalThis as unknown as Record<string, unknown>)['client'] = new BridgeClient({ ports: [each], acceptPreloaded: true });
  }, port);
}

const ask = (method: 'status' | 'connect'): Promise<Status> =>
  page.evaluate(
    (name) => (globalThis as unknown as { client: Record<string, () => Promise<Status>> }).client[name]?.() as Promise<Status>,
    method,
  );

/** What the user chose in the browser, and that the browser says so. */
async function setPermission(setting: 'granted' | 'denied' | 'prompt'): Promise<void> {
  const { context } = browser;
  await context.clearPermissions();
  if (setting === 'granted') await context.grantPermissions(['local-network-access'], { origin });
  // Granting a list refuses all that is not on it.
  if (setting === 'denied') await context.grantPermissions(['geolocation'], { origin });
  const told = await page.evaluate(() =>
    Promise.all(['loopback-network', 'local-network-access'].map(async (name) => (await navigator.permissions.query({ name: name as PermissionName })).state)),
  );
  assert.deepEqual(told, [setting, setting]);
}

before(async () => {
  keys = makeWorld();
  folder = mkdtempSync(join(tmpdir(), 'bidseal-permission-'));
  execFileSync('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', `/CN=${host}`,
    '-addext', `subjectAltName=DNS:${host}`, '-days', '2', '-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem'),
  ], { stdio: 'ignore' });
  server = await startStaticServer({
    mounts: { '/sdk/': join(import.meta.dirname, '../../../web/sdk/dist') },
    pages: { '/': '<!doctype html><meta charset="utf-8"><title>public</title><link rel="icon" href="data:,">' },
    tls: { key: readFileSync(join(folder, 'key.pem')), cert: readFileSync(join(folder, 'cert.pem')) },
  });
  origin = `https://${host}:${server.port}`;
  daemon = await Daemon.start(keys, ['--preload-origin', origin, '--trust', join(keys, 'root.crt')]);
  browser = await startBrowser({
    flags: [`--host-resolver-rules=MAP ${host} 127.0.0.1`, `--ip-address-space-overrides=127.0.0.1:${server.port}=public`],
  });
});

afterEach(async () => {
  await page.close();
});

after(async () => {
  await browser?.close();
  await daemon?.stop();
  await server?.close();
  removeWorld(keys);
  rmSync(folder, { recursive: true, force: true });
});

it('before the user was asked: permission_prompt, and the bridge hears nothing', async () => {
  await client(daemon.port);
  await setPermission('prompt');
  assert.deepEqual(await ask('status'), { state: 'permission_prompt' });
  assert.ok(!daemon.log.includes('event=connected'), daemon.log);
});

it('granted: ready', async () => {
  await client(daemon.port);
  await setPermission('granted');
  assert.equal((await ask('connect')).state, 'ready');
  assert.equal((await ask('status')).state, 'ready');
});

it('granted, but no bridge runs: not_running, within three seconds', async () => {
  await client(await freePort());
  await setPermission('granted');
  const start = performance.now();
  assert.deepEqual(await ask('connect'), { state: 'not_running' });
  console.log(`said after ${Math.round(performance.now() - start)} ms`);
});

it('denied: never more certainty than the browser gives, whether the bridge runs or not', async () => {
  await client(daemon.port);
  await setPermission('denied');
  const heard = daemon.log.split('event=connected').length;
  assert.deepEqual(await ask('connect'), { state: 'permission_denied_or_not_running' });
  assert.deepEqual(await ask('status'), { state: 'permission_denied_or_not_running' });
  assert.equal(daemon.log.split('event=connected').length, heard);
  await page.close();
  await client(await freePort());
  assert.deepEqual(await ask('connect'), { state: 'permission_denied_or_not_running' });
});
