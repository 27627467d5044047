// What the numbers were measured on.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';

const project = join(import.meta.dirname, '../../..');

function output(command: string, ...args: string[]): string {
  return execFileSync(command, args, { cwd: project, encoding: 'utf8' }).trim();
}

export interface Machine {
  cpu: string;
  cores: number;
  memoryGiB: number;
  kernel: string;
  browser: string;
  node: string;
  openssl: string;
  zip: string;
}

export function machine(browser: string): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    browser: `Chromium ${browser}, headless`,
    node: process.version,
    openssl: output('openssl', 'version').split(' ')[1] ?? 'unknown',
    zip: /Zip (\d[\d.]*)/.exec(output('zip', '-v'))?.[1] ?? 'unknown',
  };
}

/** The commit that is checked out; with `+` where tracked files differ from it. */
export function commit(): string {
  const changed = output('git', 'status', '--porcelain', '--untracked-files=no') !== '';
  return output('git', 'rev-parse', 'HEAD') + (changed ? '+' : '');
}

/** Processes that were running or waiting, over 1, 5 and 15 minutes. */
export function load(): number[] {
  return loadavg().map((value) => Number(value.toFixed(2)));
}

export function packageVersion(name: string): string {
  const path = join(project, 'web/node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}

export function ourVersion(): string {
  return (JSON.parse(readFileSync(join(project, 'web/sdk/package.json'), 'utf8')) as { version: string }).version;
}
