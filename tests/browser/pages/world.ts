// A tender with its platform, a company's UKey, the bridge and the served pages: all real, for one test.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Daemon, freePort, library, makeWorld, pin, programs, removeWorld } from '../../bridge/daemon.mjs';
import { startStaticServer, strictPolicy, type StaticServer } from '../lib/static-server.ts';

export { pin };
const pages = join(import.meta.dirname, '../../../web/tender/dist');

export interface TenderTimes {
  /** Seconds from now. */
  deadline: number;
  opening: number;
}

export interface TenderOptions {
  ways?: { way: 'supplier' | 'supplier+platform' | 'platform+rescue'; mandatory: boolean }[];
  /** Folders of the rescue group's members, two of whom are needed. */
  rescue?: string[];
}

/** As `bidseal tender new --from` wants it. */
function description(times: TenderTimes, title: string, options: TenderOptions): object {
  const at = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString().replace(/\.\d+Z/, 'Z');
  return {
    platform: { id: 'example-platform', name: '示例交易平台' },
    project: { id: 'P-2026-001', title, buyer: '示例市水务集团' },
    published: at(-86_400),
    deadline: at(times.deadline),
    opening: at(times.opening),
    window_minutes: 30,
    lots: [
      { id: 'lot-1', title: '一标段（取水泵房）' },
      { id: 'lot-2', title: '二标段（输水管线）' },
    ],
    envelopes: [
      {
        id: 'qualification', kind: 'qualification', stage: 1, title: '资格审查文件',
        slots: [
          { id: 'licence', title: '营业执照', required: true, formats: ['pdf', 'png', 'jpg'], max_bytes: 1 << 20, max_count: 3 },
          { id: 'record', title: '类似业绩', required: false, formats: ['pdf'], max_bytes: 50 << 20, max_count: 20 },
        ],
      },
      {
        id: 'technical', kind: 'technical', stage: 1, title: '技术标',
        slots: [{ id: 'plan', title: '施工组织设计', required: true, formats: ['any'], max_bytes: 2 ** 31, max_count: 5000 }],
      },
      {
        id: 'price', kind: 'price', stage: 2, title: '报价文件',
        slots: [{ id: 'schedule', title: '分项报价表', required: true, formats: ['pdf', 'xlsx'], max_bytes: 50 << 20, max_count: 2 }],
      },
    ],
    summary: [
      { id: 'total', title: '投标总价', envelope: 'price', type: 'amount', unit: 'CNY', scale: 2, min: '0.01', max: '99999999.00', required: true },
      { id: 'days', title: '工期', envelope: 'technical', type: 'integer', unit: '天', min: '1', max: '720', required: true },
      { id: 'quality', title: '质量目标', envelope: 'technical', type: 'choice', choices: ['合格', '优良'], required: true },
      { id: 'manager', title: '项目经理', envelope: 'technical', type: 'text', required: true },
      { id: 'start', title: '计划开工日期', envelope: 'technical', type: 'date', required: false },
    ],
    ways: options.ways ?? [{ way: 'supplier', mandatory: true }],
    rescue_threshold: options.rescue === undefined ? 0 : 2,
    crl_urls: [],
  };
}

export class PagesWorld {
  /** Certificates, UKey and platform, made by the test CA. */
  readonly keys = makeWorld();
  /** Everything that the test writes. */
  readonly folder = mkdtempSync(join(tmpdir(), 'bidseal-pages-'));
  readonly root = join(this.keys, 'root.crt');
  /** Where the bridge keeps key and pairings. */
  readonly state = join(this.folder, 'bridge');
  server!: StaticServer;
  daemon: Daemon | undefined;
  bridgePort = 0;
  private listed = true;

  /** `listed`: the bridge's policy names the pages, so that no code is compared. */
  static async start({ listed = true, tls }: { listed?: boolean; tls?: { key: Buffer; cert: Buffer } } = {}): Promise<PagesWorld> {
    const world = new PagesWorld();
    world.bridgePort = await freePort();
    world.listed = listed;
    world.server = await startStaticServer({
      mounts: { '/': pages },
      // The strict policy as it stands: the pages must not need more.
      policy: strictPolicy,
      pages: { '/site.json': JSON.stringify({ roots: [], bridgePorts: [world.bridgePort], bridgeListsThisSite: listed }) },
      ...(tls === undefined ? {} : { tls }),
    });
    return world;
  }

  /** Writes a tender file by the command line and gives its path. */
  makeTender(name: string, times: TenderTimes, title = '示例市第二水厂扩建工程', options: TenderOptions = {}): string {
    const from = join(this.folder, `${name}.json`);
    const out = join(this.folder, `${name}.tender`);
    writeFileSync(from, JSON.stringify(description(times, title, options)));
    this.cli(
      'tender', 'new', '--from', from, '--platform-cert', join(this.keys, 'platform/sign.crt'),
      '--platform-key', join(this.keys, 'platform/sign.key'), '--platform-encrypt-cert',
      join(this.keys, 'platform/enc.crt'), '--root', this.root, '--intermediate', join(this.keys, 'issuing.crt'),
      '--out', out, ...(options.rescue ?? []).flatMap((member) => ['--rescue-cert', join(member, 'enc.crt')]),
    );
    return out;
  }

  cli(...words: string[]): string {
    return execFileSync(join(programs, 'bidseal'), words, {
      encoding: 'utf8',
      env: { ...process.env, BIDSEAL_SOFTUKEY_DIR: join(this.keys, 'ukeys') },
    });
  }

  /** A holder's key files as the command line takes them. */
  keyFiles(folder: string): string[] {
    const [sign, enc] = [join(folder, 'sign'), join(folder, 'enc')];
    return ['--sign-cert', `${sign}.crt`, '--sign-key', `${sign}.key`, '--encrypt-cert', `${enc}.crt`, '--encrypt-key', `${enc}.key`];
  }

  /** Options with which the command line uses the company's UKey. */
  ukey(): string[] {
    const file = join(this.folder, 'pin');
    writeFileSync(file, `${pin}\n`);
    return ['--ukey', library, '--pin-file', file];
  }

  testCa(...words: string[]): void {
    execFileSync(join(programs, 'bidseal-testca'), words, {
      env: { ...process.env, BIDSEAL_SOFTUKEY_DIR: join(this.keys, 'ukeys') },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }

  /**
   * Starts the bridge where the pages look for it; `clock` is what it takes for the time, `state` the folder of its
   * key and pairings (the same at every start), `origin` the page that it lets in.
   */
  async startBridge(clock?: string, { state = this.state, origin = this.server.origin } = {}): Promise<Daemon> {
    await this.stopBridge();
    this.daemon = await Daemon.start(this.keys, [
      '--development', this.listed ? '--preload-origin' : '--allow-origin', origin, '--trust', this.root, '--windows-per-minute', '500',
      ...(clock === undefined ? [] : ['--test-clock', clock]),
    ], { port: this.bridgePort, state });
    return this.daemon;
  }

  async stopBridge(): Promise<void> {
    await this.daemon?.stop();
    this.daemon = undefined;
  }

  /** Writes a document and gives its path. */
  write(name: string, bytes: Uint8Array): string {
    const path = join(this.folder, name);
    writeFileSync(path, bytes);
    return path;
  }

  read(path: string): Buffer {
    return readFileSync(path);
  }

  async close(): Promise<void> {
    await this.stopBridge();
    await this.server.close();
    removeWorld(this.keys);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
