// The real windows: pinentry of GTK under Xvfb, operated by the keyboard, in Chinese.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Daemon, makeWorld, pin, removeWorld } from './daemon.mjs';
import { PageKey } from './page-key.mjs';
import { Connection } from './ws-client.mjs';

const pinentry = '/usr/bin/pinentry-gtk-2';
const pictures = process.env.BIDSEAL_PICTURES ?? join(process.env.BIDSEAL_BUILD ?? 'build', 'pictures');
const has = (program) => spawnSync('which', [program]).status === 0;

/** A display of its own; Xvfb chooses the number. It would refuse clients for a moment after the last one left. */
async function startDisplay() {
  const process_ = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '900x620x24', '-nolisten', 'tcp', '-noreset'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const number = await new Promise((resolve, reject) => {
    process_.stdio[3].once('data', (text) => resolve(text.toString().trim()));
    process_.once('exit', () => reject(new Error('Xvfb ended')));
  });
  return { name: `:${number}`, stop: () => process_.kill() };
}

class Screen {
  constructor(display) {
    this.env = { ...process.env, DISPLAY: display };
  }

  run(...words) {
    return execFileSync(words[0], words.slice(1), { env: this.env, encoding: 'utf8' });
  }

  ask(...words) {
    return spawnSync('xdotool', words, { env: this.env, encoding: 'utf8' }).stdout.trim();
  }

  /** Waits for a window of a program that has shown none before; gives its id. Ids are used again. */
  async window(seen, timeout = 20000) {
    for (const end = Date.now() + timeout; Date.now() < end; ) {
      const [id] = this.ask('search', '--onlyvisible', '--name', 'BidSeal').split('\n');
      const program = id && this.ask('getwindowpid', id);
      if (program && !seen.has(program)) {
        seen.add(program);
        await new Promise((r) => setTimeout(r, 1200)); // painted, and long enough to have been read
        return id;
      }
      await new Promise((r) => setTimeout(r, 100));
    }
    throw new Error('no window');
  }

  /** The colours of a window's picture; it is kept under the name. */
  picture(id, name) {
    mkdirSync(pictures, { recursive: true });
    const file = join(pictures, `${name}.png`);
    this.run('import', '-window', id, file);
    return Number(this.run('identify', '-format', '%k', file));
  }

  press(id, ...keys) {
    this.run('xdotool', 'windowfocus', '--sync', id, 'key', ...keys);
  }

  /** Presses the button that agrees: the other one has the focus, and the Return key. */
  approve(id) {
    this.press(id, 'Tab', 'Return');
  }

  type(id, text) {
    this.run('xdotool', 'windowfocus', '--sync', id, 'type', text);
  }
}

test('pairing, consent and PIN in real GTK windows', async (t) => {
  if (!existsSync(pinentry) || !has('Xvfb') || !has('xdotool') || !has('import')) return t.skip('needs xvfb, xdotool, imagemagick, pinentry-gtk2');
  const display = await startDisplay();
  const world = makeWorld();
  const origin = 'https://xn--fsqu00a.xn--0zwm56d';
  let daemon;
  try {
    const screen = new Screen(display.name);
    const seen = new Set();
    daemon = await Daemon.start(world, ['--allow-origin', origin, '--pinentry', pinentry, '--language', 'zh', '--test-clock', '2026-05-15T00:00:00Z'],
      { env: { DISPLAY: display.name, LANG: 'zh_CN.UTF-8' } });
    const page = await Connection.open(daemon.port, { origin });
    await page.hello();
    const attempt = new PageKey().attempt(page.greeting);
    await page.ask('pair.begin', attempt.begin);
    const pairing = page.start('pair.confirm', attempt.confirm);
    let id = await screen.window(seen);
    assert.ok(screen.picture(id, 'bridge-pairing-zh') > 50, 'the window is blank');
    screen.approve(id);
    assert.equal((await page.answer(pairing)).error, undefined);

    const [{ key }] = (await page.ask('certificates.list')).result.keys;
    const content = Buffer.from('授权委托书');
    const items = ['授权委托书.pdf', '法定代表人身份证明.pdf', '投标函.pdf'].map((name, i) => ({
      name, digest: createHash('sha256').update(content).update(String(i)).digest('base64'),
    }));
    const asked = page.start('grant.open', { key, purpose: 'sign', input: 'message', items });
    id = await screen.window(seen);
    assert.ok(screen.picture(id, 'bridge-consent-zh') > 50);
    screen.approve(id);
    id = await screen.window(seen);
    screen.type(id, pin);
    await new Promise((r) => setTimeout(r, 300));
    assert.ok(screen.picture(id, 'bridge-pin-zh') > 50);
    screen.press(id, 'Return');
    const opened = await page.answer(asked);
    assert.equal(opened.error, undefined);
    const message = Buffer.concat([content, Buffer.from('1')]).toString('base64');
    const signed = await page.ask('sign.messages', { grant: opened.result.grant, items: [{ item: 1, message }] });
    assert.equal(signed.result.signatures.length, 1);

    // Escape refuses, and so does Return where nobody chose a button.
    await page.ask('grant.close', { grant: opened.result.grant });
    for (const refusal of ['Escape', 'Return']) {
      const refused = page.start('grant.open', { key, purpose: 'sign', input: 'message', items });
      screen.press(await screen.window(seen), refusal);
      assert.equal((await page.answer(refused)).error.code, 'consent_refused', refusal);
    }
    page.close();
  } finally {
    await daemon?.stop();
    display.stop();
    removeWorld(world);
  }
});
