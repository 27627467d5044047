// Where real pinentry windows appear in tests: a display of X without a screen, and a terminal without one.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
export const pictures = process.env.BIDSEAL_PICTURES ?? join(process.env.BIDSEAL_BUILD ?? 'build', 'pictures');
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A display of its own; Xvfb chooses the number. It would refuse clients for a moment after the last one left. */
export async function startDisplay() {
  const process_ = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '900x620x24', '-nolisten', 'tcp', '-noreset'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const number = await new Promise((resolve, reject) => {
    process_.stdio[3].once('data', (text) => resolve(text.toString().trim()));
    process_.once('exit', () => reject(new Error('Xvfb ended')));
  });
  return { name: `:${number}`, stop: () => process_.kill() };
}

export class Screen {
  constructor(display) {
    this.env = { ...process.env, DISPLAY: display };
    this.seen = new Set();
  }

  run(...words) {
    return execFileSync(words[0], words.slice(1), { env: this.env, encoding: 'utf8' });
  }

  ask(...words) {
    return spawnSync('xdotool', words, { env: this.env, encoding: 'utf8' }).stdout.trim();
  }

  /**
   * Waits for a window of a program that has shown none before; gives its id once it has stood for `standing` ms.
   * Ids are used again.
   */
  async window({ timeout = 30000, standing = 1200 } = {}) {
    for (const end = Date.now() + timeout; Date.now() < end; await pause(100)) {
      const [id] = this.ask('search', '--onlyvisible', '--name', 'BidSeal').split('\n');
      const program = id && this.ask('getwindowpid', id);
      if (!program || this.seen.has(program)) continue;
      this.seen.add(program);
      await pause(standing); // painted, and long enough to have been read
      return id;
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

/** A terminal: what programs write there is kept, what we send is typed. */
export class Terminal {
  static async open() {
    const terminal = new Terminal();
    terminal.helper = spawn('python3', [join(here, 'terminal.py')], { stdio: ['pipe', 'pipe', 'inherit'] });
    terminal.shown = '';
    terminal.helper.stdout.setEncoding('utf8');
    terminal.helper.stdout.on('data', (piece) => (terminal.shown += piece));
    await terminal.shows(/\n/, { standing: 0 }).then((text) => (terminal.name = text.trim()));
    return terminal;
  }

  /** Waits until `pattern` stands in what came after the last call, and for `standing` ms more; gives all of that. */
  async shows(pattern, { timeout = 30000, standing = 900 } = {}) {
    for (const end = Date.now() + timeout; Date.now() < end; await pause(50)) {
      if (!pattern.test(this.shown)) continue;
      await pause(standing);
      const text = this.shown;
      this.shown = '';
      return text;
    }
    throw new Error(`the terminal shows ${JSON.stringify(this.shown)}`);
  }

  type(keys) {
    this.helper.stdin.write(keys);
  }

  close() {
    this.helper.kill();
  }
}
