// The native side: the packing job by openssl and zip, and the programs that time single operations.
import { type ChildProcessWithoutNullStreams, execFileSync, spawn, spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const key = '0102030405060708090a0b0c0d0e0f10';
const iv = '6465666768696a6b6c6d6e6f70717273';

/**
 * One after the other, as one worker does it: SM3 of each document, a stored ZIP, SM4-CTR with a large
 * buffer, SM3 of the ciphertext; the result is on the disk at the end, as ours is.
 */
const oneAfterTheOther = `
set -e
xargs -0 openssl dgst -sm3 -r <names >digests
xargs -0 -n 1 <names | zip -0 -q -j -@ out.zip
openssl enc -sm4-ctr -K ${key} -iv ${iv} -bufsize 1048576 -in out.zip -out out.enc
openssl dgst -sm3 -r out.enc >digest
sync out.enc`;

/** The same in a pipe: as many cores as there are, no ZIP on the disk. */
const inOnePipe = `
set -e
xargs -0 openssl dgst -sm3 -r <names >digests &
xargs -0 -n 1 <names | zip -0 -q -j -@ - |
    openssl enc -sm4-ctr -K ${key} -iv ${iv} -bufsize 1048576 | tee out.enc | openssl dgst -sm3 -r >digest
wait
sync out.enc`;

export interface NativePacked {
  seconds: number;
  digests: string[];
}

/** `folder` holds a file \`names\` with the documents' paths, each ended by a zero byte. */
export function packNative(folder: string, way: 'steps' | 'pipe'): NativePacked {
  const begin = performance.now();
  const { status, stderr } = spawnSync('bash', ['-c', way === 'steps' ? oneAfterTheOther : inOnePipe], { cwd: folder });
  const seconds = (performance.now() - begin) / 1000;
  if (status !== 0) throw new Error(`openssl and zip: ${stderr.toString()}`);
  const digests = execFileSync('cut', ['-d', ' ', '-f', '1', 'digests'], { cwd: folder, encoding: 'utf8' });
  for (const name of ['out.zip', 'out.enc', 'digest', 'digests']) rmSync(join(folder, name), { force: true });
  return { seconds, digests: digests.trim().split('\n') };
}

/** A program of tests/bench/ops that answers one request per line. */
export class OperationProgram {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly answers: AsyncIterator<string>;

  constructor(path: string, words: string[] = [], env: Record<string, string> = {}) {
    this.child = spawn(path, words, { env: { ...process.env, ...env } });
    this.child.stderr.pipe(process.stderr);
    this.answers = createInterface(this.child.stdout)[Symbol.asyncIterator]();
  }

  async run(operation: string, size: number, count: number): Promise<number> {
    this.child.stdin.write(`${operation} ${size} ${count}\n`);
    const answer = await this.answers.next();
    if (answer.done) throw new Error(`${operation}: the program ended`);
    return Number(answer.value);
  }

  close(): void {
    this.child.stdin.end();
  }
}
