// The real windows: pinentry of GTK under Xvfb, operated by the keyboard, in Chinese.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { Daemon, makeWorld, pin, removeWorld } from './daemon.mjs';
import { PageKey } from './page-key.mjs';
import { Screen, startDisplay } from './screen.mjs';
import { Connection } from './ws-client.mjs';

const pinentry = '/usr/bin/pinentry-gtk-2';
const has = (program) => spawnSync('which', [program]).status === 0;

test('pairing, consent and PIN in real GTK windows', async (t) => {
  if (!existsSync(pinentry) || !has('Xvfb') || !has('xdotool') || !has('import')) return t.skip('needs xvfb, xdotool, imagemagick, pinentry-gtk2');
  const display = await startDisplay();
  const world = makeWorld();
  const origin = 'https://xn--fsqu00a.xn--0zwm56d';
  let daemon;
  try {
    const screen = new Screen(display.name);
    daemon = await Daemon.start(world, ['--allow-origin', origin, '--pinentry', pinentry, '--language', 'zh', '--test-clock', '2026-05-15T00:00:00Z'],
      { env: { DISPLAY: display.name, LANG: 'zh_CN.UTF-8' } });
    const page = await Connection.open(daemon.port, { origin });
    await page.hello();
    const attempt = new PageKey().attempt(page.greeting);
    await page.ask('pair.begin', attempt.begin);
    const pairing = page.start('pair.confirm', attempt.confirm);
    let id = await screen.window();
    assert.ok(screen.picture(id, 'bridge-pairing-zh') > 50, 'the window is blank');
    screen.approve(id);
    assert.equal((await page.answer(pairing)).error, undefined);

    const [{ key }] = (await page.ask('certificates.list')).result.keys;
    const content = Buffer.from('授权委托书');
    const items = ['授权委托书.pdf', '法定代表人身份证明.pdf', '投标函.pdf'].map((name, i) => ({
      name, digest: createHash('sha256').update(content).update(String(i)).digest('base64'),
    }));
    const asked = page.start('grant.open', { key, purpose: 'sign', input: 'message', items });
    id = await screen.window();
    assert.ok(screen.picture(id, 'bridge-consent-zh') > 50);
    screen.approve(id);
    id = await screen.window();
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
      screen.press(await screen.window(), refusal);
      assert.equal((await page.answer(refused)).error.code, 'consent_refused', refusal);
    }
    page.close();
  } finally {
    await daemon?.stop();
    display.stop();
    removeWorld(world);
  }
});
