// Firefox' rules for reaching programs on this machine: a page of the public internet asks, and the user answers
// in Firefox' own panel.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, afterEach, before, it } from 'node:test';
import { Daemon, freePort, makeWorld, removeWorld } from '../../bridge/daemon.mjs';
import { Firefox, type FirefoxPage } from '../lib/firefox.ts';
import { publicHost, type PublicSite, startPublicSite } from '../lib/public-site.ts';

let keys: string;
let site: PublicSite;
let firefox: Firefox;
let daemon: Daemon;
let page: FirefoxPage;

/** A client of the SDK in the page, for a bridge on this port. */
async function client(port: number): Promise<void> {
  page = await firefox.open(`${site.origin}/`);
  await page.evaluate(`
    const { BridgeClient } = await import('/sdk/index.js');
    globalThis.client = new BridgeClient({ ports: [${port}], acceptPreloaded: true });
  `);
}

const connect = async (): Promise<{ state: string }> =>
  (await page.evaluate('return client.connect();')) as { state: string };

/** Begins to connect; the answer is waited for by connected(). */
const begin = (): Promise<unknown> => page.evaluate('globalThis.connecting = client.connect();');
const connected = async (): Promise<{ state: string }> => (await page.evaluate('return connecting;')) as { state: string };

const heard = (): number => daemon.log.split('\n').filter((line) => line.includes('event=connected')).length;

/** Names of the questions that Firefox' panel shows in this tab. */
const questions = async (): Promise<string[]> =>
  (await firefox.inWindow(`
    return ['loopback-network', 'localhost', 'local-network']
      .filter((name) => PopupNotifications.getNotification(name, gBrowser.selectedBrowser));
  `)) as string[];

async function asked(): Promise<string> {
  for (const end = Date.now() + 30_000; Date.now() < end; ) {
    const [question] = await questions();
    if (question !== undefined) return question;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('Firefox did not ask');
}

/** Presses a button of the panel. */
async function answer(question: string, button: 'button' | 'secondaryButton'): Promise<void> {
  await firefox.inWindow(`
    const question = PopupNotifications.getNotification(${JSON.stringify(question)}, gBrowser.selectedBrowser);
    for (let i = 0; i < 200 && !question.owner.panel.firstChild; i += 1) await new Promise((r) => setTimeout(r, 50));
    question.owner.panel.firstChild.${button}.click();
  `);
}

before(async () => {
  keys = makeWorld();
  site = await startPublicSite();
  daemon = await Daemon.start(keys, ['--preload-origin', site.origin, '--trust', join(keys, 'root.crt')]);
  firefox = await Firefox.start({
    acceptInsecureCerts: true,
    settings: {
      'network.dns.localDomains': publicHost,
      'network.lna.enabled': true,
      'network.lna.blocking': true,
      'network.lna.websocket.enabled': true,
      'network.lna.address_space.public.override': `127.0.0.1:${site.port}`,
    },
  });
});

afterEach(async () => {
  await page.close();
  await firefox.inWindow('Services.perms.removeAll();');
});

after(async () => {
  await firefox?.close();
  await daemon?.stop();
  await site?.close();
  removeWorld(keys);
});

it('before the user was asked: looking at the state asks nobody, and the bridge hears nothing', async () => {
  await client(daemon.port);
  const before = heard();
  assert.deepEqual(await page.evaluate('return client.status();'), { state: 'permission_prompt' });
  assert.deepEqual(await questions(), []);
  assert.equal(heard(), before);
});

it('the prompt: Firefox asks its user, and the bridge hears nothing until then', async () => {
  await client(daemon.port);
  const before = heard();
  await begin();
  await asked();
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.equal(heard(), before);
});

it('granted in the panel: ready, over a socket too', async () => {
  await client(daemon.port);
  const before = heard();
  await begin();
  await answer(await asked(), 'button');
  assert.equal((await connected()).state, 'ready');
  assert.equal(heard(), before + 1);
  assert.equal((await connect()).state, 'ready');
});

it('denied in the panel: never more certainty than the browser gives', async () => {
  await client(daemon.port);
  const before = heard();
  await begin();
  await answer(await asked(), 'secondaryButton');
  assert.equal((await connected()).state, 'permission_denied_or_not_running');
  assert.equal(heard(), before);
});

it('granted before, but no bridge runs: within three seconds', async () => {
  await client(await freePort());
  await firefox.inWindow(`
    const principal = Services.scriptSecurityManager.createContentPrincipalFromOrigin(${JSON.stringify(site.origin)});
    for (const name of ['loopback-network', 'localhost']) Services.perms.addFromPrincipal(principal, name, Services.perms.ALLOW_ACTION);
  `);
  const start = performance.now();
  assert.deepEqual(await connect(), { state: 'not_running' });
  assert.ok(performance.now() - start < 3000);
  assert.deepEqual(await questions(), []);
});
