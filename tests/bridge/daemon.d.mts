// What the browser tests use of daemon.mjs.
import type { ChildProcess } from 'node:child_process';

export const programs: string;
export const library: string;
export const pin: string;
export const origin: string;
export function freePort(): Promise<number>;
/** A folder of its own; it is removed when the test file ends. */
export function scratchFolder(prefix: string): string;
export function removeFolder(folder: string): void;
/** A folder with a test CA, a UKey and a platform. */
export function makeWorld(userPin?: string): string;
export function removeWorld(dir: string): void;
export function caseStep(dir: string, step: string, ...words: string[]): unknown;

export class Daemon {
  static start(
    world: string | undefined,
    options?: string[],
    more?: { env?: Record<string, string>; port?: number; state?: string },
  ): Promise<Daemon>;
  readonly port: number;
  readonly process: ChildProcess;
  /** What it wrote to its log so far. */
  readonly log: string;
  ukeyFile?: string;
  /** What the person will do, a line each; see pinentry-scripted. */
  script(...lines: string[]): void;
  /** What the windows said so far. */
  windows(): Record<string, string>[];
  shown(count: number, timeout?: number): Promise<void>;
  pullOut(): void;
  plugIn(): void;
  ukeyPath(): string;
  stop(signal?: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}
