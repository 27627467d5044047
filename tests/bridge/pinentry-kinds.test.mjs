// The whole family of pinentry, the real programs: Qt on a display, curses and tty in a terminal, in both
// languages. A login needs both windows: consent and PIN.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Daemon, makeWorld, pin, removeWorld } from './daemon.mjs';
import { Screen, startDisplay, Terminal } from './screen.mjs';
import { Connection } from './ws-client.mjs';

let world;
before(() => {
  world = makeWorld();
});
after(() => removeWorld(world));

/** Without bold and underlined letters: tty underlines the letter to press. */
// eslint-disable-next-line no-control-regex -- that is what is taken out
const plain = (text) => text.replace(/\x1b\[[0-9;]*m/g, '');

const words = {
  en: { asks: /asks you to LOG IN/, allow: 'Allow', refuse: 'Refuse', pin: /PIN of UKey/, tries: 'Tries left:' },
  zh: { asks: /请求用您的 UKey 登录/, allow: '允许', refuse: '拒绝', pin: /PIN/, tries: '剩余次数：' },
};

/** A page that is let in, and the id of its key. */
async function letIn(daemon) {
  const page = await Connection.open(daemon.port);
  await page.hello();
  await page.pair();
  const [{ key }] = (await page.ask('certificates.list')).result.keys;
  return { page, login: () => page.start('login', { key, challenge: randomBytes(32).toString('base64') }) };
}

/** How a person says yes and no in each: what is typed. */
const terminals = [
  { kind: 'curses', allow: '\r', refuse: '\t\r', enter: (text) => `${text}\r` },
  { kind: 'tty', allow: { en: 'a', zh: 'o' }, refuse: { en: 'r', zh: 'c' }, enter: (text) => `${text}\r` },
];

for (const { kind, allow, refuse, enter } of terminals) {
  for (const language of ['en', 'zh']) {
    test(`pinentry-${kind}, ${language}: refused, a wrong PIN, the right one`, async () => {
      const text = words[language];
      const key = (which) => (typeof which === 'string' ? which : which[language]);
      const terminal = await Terminal.open();
      // The session's language is often not installed on the system; the texts are shown all the same.
      const daemon = await Daemon.start(world, ['--pinentry', `/usr/bin/pinentry-${kind}`, '--language', language], {
        env: { GPG_TTY: terminal.name, TERM: 'xterm', LC_ALL: '', LC_CTYPE: '', LANG: language === 'zh' ? 'zh_CN.UTF-8' : 'en_US.UTF-8' },
      });
      try {
        const { page, login } = await letIn(daemon);
        const refused = login();
        const consent = plain(await terminal.shows(text.asks));
        assert.ok(consent.includes('https://tender.example'), consent);
        assert.ok(consent.includes(text.allow) && consent.includes(text.refuse), consent);
        terminal.type(key(refuse));
        assert.equal((await page.answer(refused)).error.code, 'consent_refused');

        const asked = login();
        await terminal.shows(text.asks);
        terminal.type(key(allow));
        const first = await terminal.shows(text.pin);
        terminal.type(enter('000000'));
        // After a wrong PIN it asks again, and says how many tries are left.
        const second = await terminal.shows(new RegExp(`${text.tries}\\D*5\\D*6`));
        assert.ok(!first.includes('000000'));
        terminal.type(enter(pin));
        const { result, error } = await page.answer(asked);
        assert.equal(error, undefined);
        assert.ok(result.signature.length > 0);
        assert.ok(!terminal.shown.includes(pin) && !second.includes('000000'), 'what is typed is not shown');
        page.close();
      } finally {
        await daemon.stop();
        terminal.close();
      }
    });
  }
}

for (const language of ['en', 'zh']) {
  test(`pinentry-qt, ${language}: refused, the right PIN`, async () => {
    const display = await startDisplay();
    const screen = new Screen(display.name);
    const daemon = await Daemon.start(world, ['--pinentry', '/usr/bin/pinentry-qt', '--language', language], {
      env: { DISPLAY: display.name, WAYLAND_DISPLAY: '', QT_QPA_PLATFORM: 'xcb', LC_ALL: '', LANG: language === 'zh' ? 'zh_CN.UTF-8' : 'en_US.UTF-8' },
    });
    try {
      const { page, login } = await letIn(daemon);
      const refused = login();
      let id = await screen.window();
      assert.ok(screen.picture(id, `qt-consent-${language}`) > 50, 'the window is blank');
      screen.press(id, 'Escape');
      assert.equal((await page.answer(refused)).error.code, 'consent_refused');

      const asked = login();
      id = await screen.window();
      screen.approve(id);
      id = await screen.window();
      screen.type(id, pin);
      assert.ok(screen.picture(id, `qt-pin-${language}`) > 50);
      screen.press(id, 'Return');
      const { result, error } = await page.answer(asked);
      assert.equal(error, undefined);
      assert.ok(result.signature.length > 0);
      page.close();
    } finally {
      await daemon.stop();
      display.stop();
    }
  });
}
