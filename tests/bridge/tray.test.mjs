// The icon in the tray: on a session bus of its own, with the tray of a real panel (Xfce's) under Xvfb.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, programs, scratchFolder } from './daemon.mjs';
import { pictures, Screen, startDisplay } from './screen.mjs';

const item = '/StatusNotifierItem';
let home;
let bus;
let env;
let display;
const running = [];

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
/** Waits until `look` gives something that is true; gives that. */
async function until(what, look, timeout = 30000) {
  for (const end = Date.now() + timeout; Date.now() < end; await pause(50)) {
    const found = look();
    if (found) return found;
  }
  throw new Error(`${what} did not come true`);
}
function start(program, words = [], more = {}) {
  const child = spawn(program, words, { env: { ...env, ...more }, stdio: ['ignore', 'ignore', 'pipe'] });
  child.log = '';
  child.stderr.on('data', (piece) => (child.log += piece));
  running.push(child);
  return child;
}
async function stop(child, signal = 'SIGTERM') {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await ended;
}
const call = (...words) => spawnSync('busctl', ['--user', '--json=short', ...words], { env, encoding: 'utf8' });
const property = (tray, name) => {
  const { status, stdout } = call('get-property', tray, item, 'org.kde.StatusNotifierItem', name);
  return status === 0 ? JSON.parse(stdout).data : undefined;
};
/** Items that the desktop's tray knows. */
const known = () => {
  const { status, stdout } = call('get-property', 'org.kde.StatusNotifierWatcher', '/StatusNotifierWatcher', 'org.kde.StatusNotifierWatcher', 'RegisteredStatusNotifierItems');
  return status === 0 ? JSON.parse(stdout).data : [];
};
const nameOf = (child) => `org.kde.StatusNotifierItem-${child.pid}-1`;
const startBridge = async () =>
  start(join(programs, 'bidseal-bridge'), ['--port', String(await freePort()), '--pinentry', '/bin/true']);
const status = (tray) => property(tray, 'Status');

before(async () => {
  home = scratchFolder('bidseal-tray-');
  const address = join(home, 'bus');
  const { XDG_STATE_HOME, XDG_CONFIG_HOME, XDG_RUNTIME_DIR, ...rest } = process.env;
  display = await startDisplay();
  env = { ...rest, HOME: home, DISPLAY: display.name, DBUS_SESSION_BUS_ADDRESS: `unix:path=${address}`, LANG: 'zh_CN.UTF-8', LC_ALL: '',
    XDG_RUNTIME_DIR: home, XDG_DATA_DIRS: `${join(home, 'share')}:/usr/local/share:/usr/share` };
  bus = start('dbus-daemon', ['--session', '--nofork', '--address', `unix:path=${address}`]);
  await until('the bus', () => call('list').status === 0);
  // Where the package puts the icon.
  const icons = join(home, 'share/icons/hicolor/scalable/apps');
  mkdirSync(icons, { recursive: true });
  execFileSync('cp', [join(import.meta.dirname, '../../bridge/package/bidseal-bridge.svg'), icons]);
});
after(async () => {
  for (const child of running.reverse()) await stop(child, 'SIGKILL');
  display.stop();
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
});

test('without a tray it waits; it follows the bridge: started, killed, started again', async () => {
  const tray = start(join(programs, 'bidseal-bridge-tray'));
  await until('an item', () => status(nameOf(tray)) === 'Passive');
  assert.deepEqual(property(nameOf(tray), 'ToolTip').slice(2), ['BidSeal 桥接程序', '未运行']);
  const bridge = await startBridge();
  await until('active', () => status(nameOf(tray)) === 'Active');
  const port = JSON.parse(execFileSync(join(programs, 'bidseal-bridge'), ['status', '--json'], { env, encoding: 'utf8' })).port;
  assert.equal(property(nameOf(tray), 'ToolTip')[3], `正在运行，版本 0.1.0，端口 ${port}。您允许的网页可以请求使用 UKey。`);
  assert.deepEqual(['Id', 'Category', 'IconName', 'ItemIsMenu'].map((name) => property(nameOf(tray), name)), ['bidseal-bridge', 'ApplicationStatus', 'bidseal-bridge', false]);
  await stop(bridge, 'SIGKILL');
  await until('passive', () => status(nameOf(tray)) === 'Passive');
  const again = await startBridge();
  await until('active again', () => status(nameOf(tray)) === 'Active');
  await stop(again);
  await until('passive again', () => status(nameOf(tray)) === 'Passive');
  tray.kill('SIGTERM');
  await until('its end', () => tray.exitCode !== null);
  assert.equal(tray.exitCode, 0, tray.log);
});

test('a file that an ended bridge left, with the number of another program, does not count', async () => {
  writeFileSync(join(home, '.local/state/bidseal/bridge/run.json'), `{"pid":${process.pid},"port":17391,"started":"2026-11-22T00:00:00Z","version":"9"}`);
  const tray = start(join(programs, 'bidseal-bridge-tray'), [], { LANG: 'en_US.UTF-8' });
  await until('an item', () => status(nameOf(tray)) !== undefined);
  assert.equal(status(nameOf(tray)), 'Passive');
  assert.equal(property(nameOf(tray), 'ToolTip')[3], 'Not running');
  for (const junk of ['', '{', '{"pid":-1,"port":1}', '{"pid":99999999999,"port":1}', '{"port":1}', 'x'.repeat(10000)]) {
    writeFileSync(join(home, '.local/state/bidseal/bridge/run.json'), junk);
  }
  await pause(300);
  assert.equal(status(nameOf(tray)), 'Passive');
  await stop(tray);
});

test('a real panel takes it in, shows it, and takes it in again after it crashed', async () => {
  const tray = start(join(programs, 'bidseal-bridge-tray'));
  const bridge = await startBridge();
  await until('active', () => status(nameOf(tray)) === 'Active');
  const settings = join(home, '.config/xfce4/xfconf/xfce-perchannel-xml');
  mkdirSync(settings, { recursive: true });
  writeFileSync(join(settings, 'xfce4-panel.xml'), `<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array"><value type="int" value="1"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=0;y=0"/>
      <property name="length" type="uint" value="100"/>
      <property name="size" type="uint" value="48"/>
      <property name="plugin-ids" type="array"><value type="int" value="1"/></property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="systray"/>
  </property>
</channel>`);
  const registered = () => known().some((each) => each.startsWith(nameOf(tray)) || each.endsWith(item));
  const panel = start('xfce4-panel', ['--disable-wm-check']);
  await until('the panel takes it in', registered);
  await pause(2000);
  const screen = new Screen(display.name);
  mkdirSync(pictures, { recursive: true });
  const picture = join(pictures, 'tray.png');
  // The bridge's blue stands in the icon alone.
  const blue = () => {
    screen.run('import', '-window', 'root', picture);
    return Number(screen.run('convert', picture, '-fuzz', '15%', '-fill', 'black', '+opaque', '#24457a', '-fill', 'white', '-opaque', '#24457a', '-threshold', '50%', '-format', '%[fx:mean*w*h]', 'info:'));
  };
  await until('the icon is drawn', () => blue() > 50);
  await stop(bridge);
  await until('the icon is gone', () => blue() === 0);
  await stop(panel, 'SIGKILL');
  await until('no tray is left', () => known().length === 0);
  start('xfce4-panel', ['--disable-wm-check']);
  await until('the next panel takes it in', registered);
});
