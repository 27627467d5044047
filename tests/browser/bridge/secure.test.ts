// The second way in, wss://localhost: pages from which the browser lets no plain connection out, and browsers
// that check every certificate.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, it } from 'node:test';
import { Daemon, freePort, makeWorld, programs, removeWorld } from '../../bridge/daemon.mjs';
import { startBrowser } from '../lib/browser.ts';
import { Firefox, profileOf } from '../lib/firefox.ts';
import { publicHost, type PublicSite, startPublicSite } from '../lib/public-site.ts';

/** As the usual policy, without plain connections: what browsers that refuse them leave to a page. */
const policy = "default-src 'none'; script-src 'self'; connect-src 'self' https://localhost:* wss://localhost:*; img-src data:";

let keys: string;
let home: string;
let site: PublicSite;
let daemon: Daemon;

const run = (program: string, ...words: string[]): string =>
  execFileSync(program, words, { encoding: 'utf8', env: { ...process.env, HOME: home } });
const trust = (action: string): string =>
  run(join(programs, 'bidseal-bridge'), 'trust', action, '--state-dir', join(home, 'state'));

async function twoFreePorts(): Promise<number> {
  for (;;) {
    const port = await freePort();
    const free = await new Promise<boolean>((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(false));
      server.listen(port + 1, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (free) return port;
  }
}

async function startDaemon(): Promise<number> {
  const port = await twoFreePorts();
  daemon = await Daemon.start(keys, ['--preload-origin', site.origin, '--trust', join(keys, 'root.crt')], {
    port, state: join(home, 'state'),
  });
  return port;
}

/** In the page: the state that the SDK finds. */
const script = (port: number): string => `
  const { BridgeClient } = await import('/sdk/index.js');
  const client = new BridgeClient({ ports: [${port}], acceptPreloaded: true });
  const { state } = await client.connect();
  return state;
`;

before(async () => {
  keys = makeWorld();
  home = mkdtempSync(join(tmpdir(), 'bidseal-secure-'));
  site = await startPublicSite({ policy });
  const profile = profileOf(home);
  mkdirSync(profile, { recursive: true });
  run('certutil', '-N', '--empty-password', '-d', `sql:${profile}`);
  trust('install');
  // So that the browsers take the page itself, checking its certificate.
  for (const folder of [join(home, '.pki/nssdb'), profile]) {
    run('certutil', '-A', '-d', `sql:${folder}`, '-n', 'site', '-t', 'C,,', '-i', site.authority);
  }
});

afterEach(async () => {
  await daemon?.stop();
});

after(async () => {
  await site?.close();
  removeWorld(keys);
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
});

it('Chromium: ready by wss; without the CA it is not reached', async () => {
  const port = await startDaemon();
  const inChromium = async (): Promise<string> => {
    const browser = await startBrowser({
      flags: [`--host-resolver-rules=MAP ${publicHost} 127.0.0.1`],
      ignoreHTTPSErrors: false,
      env: { HOME: home },
    });
    try {
      const page = await browser.open(`${site.origin}/`);
      return (await page.evaluate(`(async () => { ${script(port)} })()`)) as string;
    } finally {
      await browser.close();
    }
  };
  assert.equal(await inChromium(), 'ready', daemon.log);
  assert.match(daemon.log, /event=connected/);
  run('certutil', '-D', '-d', `sql:${join(home, '.pki/nssdb')}`, '-n', 'BidSeal bridge (this computer)');
  assert.match(await inChromium(), /not_running$/);
});

it('Firefox: ready by wss; without the CA it is not reached', async () => {
  const port = await startDaemon();
  const inFirefox = async (): Promise<unknown> => {
    const firefox = await Firefox.start({ home, settings: { 'network.dns.localDomains': publicHost } });
    try {
      return await (await firefox.open(`${site.origin}/`)).evaluate(script(port));
    } finally {
      await firefox.close();
    }
  };
  assert.equal(await inFirefox(), 'ready', daemon.log);
  run('certutil', '-D', '-d', `sql:${profileOf(home)}`, '-n', 'BidSeal bridge (this computer)');
  assert.match(String(await inFirefox()), /not_running$/);
});
