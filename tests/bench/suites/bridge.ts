// The bridge beside the raw token: connecting, hello, signing, unwrapping, a batch of 1,000; memory and start.
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Daemon, caseStep, library, makeWorld, pin, removeWorld } from '../../bridge/daemon.mjs';
import type { PageKey } from '../../bridge/page-key.mjs';
import { Connection } from '../../bridge/ws-client.mjs';
import { join } from 'node:path';
import { ourVersion } from '../lib/machine.ts';
import { type Named, row, type Row, side } from '../lib/measure.ts';
import { OperationProgram } from '../lib/native.ts';
import type { SuiteOptions, SuiteResult } from './core.ts';

const beforeOpening = '2026-05-15T00:00:00Z';
const afterOpening = '2026-07-01T00:00:00Z';
const batchSize = 1000;

const plan = {
  full: { connections: 200, signatures: 300, unwraps: 20, batches: 5, starts: 15 },
  quick: { connections: 20, signatures: 30, unwraps: 2, batches: 1, starts: 3 },
};

/** The value below which so many of a hundred lie. */
function percentile(values: number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((percent / 100) * sorted.length))] as number;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

interface Answer {
  result?: Record<string, never>;
  error?: { code: string };
}

function must(answer: Answer): Record<string, never> {
  if (answer.result === undefined) throw new Error(`the bridge answered ${answer.error?.code}`);
  return answer.result;
}

class BridgeSuite {
  private readonly options: SuiteOptions;
  private readonly counts: (typeof plan)['full'];
  private readonly rows: Row[] = [];
  private readonly us: Named = { name: 'bidseal-bridge', version: ourVersion() };
  private readonly raw: Named = { name: 'the same software token, called directly', version: ourVersion() };
  private readonly target: Named = { name: 'target', version: 'docs/bench/method.md' };
  private readonly world = makeWorld();

  constructor(options: SuiteOptions) {
    this.options = options;
    this.counts = options.quick ? plan.quick : plan.full;
  }

  async run(): Promise<SuiteResult> {
    try {
      await this.starts();
      await this.connections();
      await this.signatures();
      await this.unwraps();
    } finally {
      removeWorld(this.world);
    }
    return { rows: this.rows, browser: 'no browser', growth: [] };
  }

  /** p50, p95 and p99 of our times against one limit. */
  private against(work: string, size: string, unit: string, values: number[], limit: number): void {
    const limits = side(this.target, [limit]);
    for (const percent of [50, 95, 99]) {
      this.rows.push(row(`${work}, p${percent}`, size, unit, 'lower', side(this.us, [percentile(values, percent)]), limits));
    }
    this.options.say(`${work}: p50 ${percentile(values, 50).toFixed(2)} ${unit}, p99 ${percentile(values, 99).toFixed(2)} ${unit}`);
  }

  private async starts(): Promise<void> {
    const times: number[] = [];
    const memory: number[] = [];
    for (let i = 0; i < this.counts.starts; i += 1) {
      let daemon: Daemon | undefined;
      times.push(await timed(async () => (daemon = await Daemon.start(this.world))));
      await new Promise((resolve) => setTimeout(resolve, 300));
      const status = readFileSync(`/proc/${daemon?.process.pid}/status`, 'utf8');
      memory.push(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
      await daemon?.stop();
    }
    this.against('start until it listens', 'with a token', 'ms', times, 100);
    this.rows.push(row('resident memory, idle', 'with a token', 'MiB', 'lower', side(this.us, memory), side(this.target, [20])));
  }

  private async letIn(daemon: Daemon, key?: PageKey): Promise<{ page: Connection; key: PageKey }> {
    const page = await Connection.open(daemon.port);
    await page.hello();
    if (key === undefined) return { page, key: await page.pair() };
    must(await page.prove(key));
    return { page, key };
  }

  private async connections(): Promise<void> {
    const daemon = await Daemon.start(this.world, ['--requests-per-second', '1000000']);
    try {
      const { page: first, key } = await this.letIn(daemon);
      first.close();
      const connecting: number[] = [];
      const greeting: number[] = [];
      const proving: number[] = [];
      for (let i = 0; i < this.counts.connections; i += 1) {
        let page: Connection | undefined;
        connecting.push(await timed(async () => (page = await Connection.open(daemon.port))));
        greeting.push(await timed(() => (page as Connection).hello()));
        proving.push(await timed(() => (page as Connection).prove(key)));
        (page as Connection).close();
      }
      this.against('connect until the upgrade is answered', 'one socket', 'ms', connecting, 50);
      this.against('hello with the daemon’s proof', 'one message', 'ms', greeting, 50);
      this.against('the page’s proof', 'one message', 'ms', proving, 50);
    } finally {
      await daemon.stop();
    }
  }

  private async signatures(): Promise<void> {
    const daemon = await Daemon.start(this.world, ['--test-clock', beforeOpening, '--windows-per-minute', '1000', '--requests-per-second', '1000000']);
    const token = new OperationProgram(join(this.options.build, 'native/bench/bench_token'), [library, pin], {
      BIDSEAL_SOFTUKEY_DIR: join(this.world, 'ukeys'),
    });
    try {
      const { page } = await this.letIn(daemon);
      const { keys } = must(await page.ask('certificates.list')) as unknown as { keys: { key: string }[] };
      const open = async (contents: Buffer[]): Promise<string> => {
        daemon.script('confirm ok 0.8', `pin ${pin} 0`);
        const items = contents.map((content, i) => ({
          name: `${i}`, digest: createHash('sha256').update(content).digest('base64'),
        }));
        const opened = await page.ask('grant.open', { key: keys[0]?.key, purpose: 'sign', input: 'message', items }, 60_000);
        return (must(opened) as unknown as { grant: string }).grant;
      };
      const singles = Array.from({ length: this.counts.signatures }, () => randomBytes(64));
      let grant = await open(singles);
      const bridge: number[] = [];
      const direct: number[] = [];
      // In turns, so that a busy moment hits both.
      for (const [item, content] of singles.entries()) {
        const asked = { grant, items: [{ item, message: content.toString('base64') }] };
        bridge.push(await timed(async () => must(await page.ask('sign.messages', asked))));
        direct.push((await token.run('sign', 64, 1)) * 1000);
      }
      must(await page.ask('grant.close', { grant }));
      for (const percent of [50, 95, 99]) {
        this.rows.push(row(`sign, p${percent}`, '64 bytes', 'ms', 'lower',
          side(this.us, [percentile(bridge, percent)]), side(this.raw, [percentile(direct, percent)])));
      }
      const overhead = Math.max(percentile(bridge, 50) - percentile(direct, 50), 0.001);
      this.rows.push(row('overhead of a signature', 'p50 of both', 'ms', 'lower', side(this.us, [overhead]), side(this.target, [2])));
      this.options.say(`sign: p50 ${percentile(bridge, 50).toFixed(2)} ms, directly ${percentile(direct, 50).toFixed(2)} ms`);

      const batches: number[] = [];
      const directBatches: number[] = [];
      for (let i = 0; i < this.counts.batches; i += 1) {
        const contents = Array.from({ length: batchSize }, () => randomBytes(64));
        grant = await open(contents);
        batches.push(
          (await timed(async () => {
            for (let at = 0; at < batchSize; at += 25) {
              const items = contents.slice(at, at + 25).map((content, k) => ({ item: at + k, message: content.toString('base64') }));
              must(await page.ask('sign.messages', { grant, items }, 60_000));
            }
          })) / 1000,
        );
        must(await page.ask('grant.close', { grant }));
        directBatches.push(await token.run('sign', 64, batchSize));
      }
      this.rows.push(row('batch with one PIN', `${batchSize} × 64 bytes`, 's', 'lower', side(this.us, batches), side(this.raw, directBatches)));
      page.close();
    } finally {
      await daemon.stop();
      token.close();
    }
  }

  /** The whole request, windows answered at once by the script: their 0.8 s are taken off. */
  private async unwraps(): Promise<void> {
    const sign = caseStep(this.world, 'make') as Record<string, unknown>;
    let daemon = await Daemon.start(this.world, ['--test-clock', beforeOpening]);
    let { page } = await this.letIn(daemon);
    const keyOf = async (): Promise<string> =>
      (must(await page.ask('certificates.list')) as unknown as { keys: { key: string }[] }).keys[0]?.key ?? '';
    daemon.script('confirm ok 0.8', `pin ${pin} 0`);
    const signed = must(await page.ask('sign.bid', { ...sign, key: await keyOf() }, 60_000)) as unknown as { signature: string };
    const unwrap = caseStep(this.world, 'finish', signed.signature) as Record<string, unknown>;
    await daemon.stop();
    daemon = await Daemon.start(this.world, ['--test-clock', afterOpening, '--windows-per-minute', '1000']);
    try {
      ({ page } = await this.letIn(daemon));
      const key = await keyOf();
      const times: number[] = [];
      for (let i = 0; i < this.counts.unwraps; i += 1) {
        daemon.script('confirm ok 0.8', `pin ${pin} 0`);
        const id = page.start('unwrap.envelopes', { ...unwrap, key });
        await page.wait((m: { event?: string; data?: { stage?: string } }) => m.event === 'request.stage' && m.data?.stage === 'token', 60_000);
        times.push(await timed(async () => must(await page.answer(id, 60_000))));
      }
      this.against('unwrap, after consent and PIN', '2 envelopes', 'ms', times, 50);
    } finally {
      await daemon.stop();
    }
  }
}

export function runBridge(options: SuiteOptions): Promise<SuiteResult> {
  return new BridgeSuite(options).run();
}
