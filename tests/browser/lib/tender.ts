// A tender file for browser tests: three envelopes with wide slots, signed by a platform.
import type { Company } from './openssl-ca.ts';
import { loadTestingCore, unpack } from './core-for-node.ts';

export interface TenderOptions {
  ways?: { way: string; mandatory: boolean }[];
  /** Seconds from now. */
  deadline?: number;
  opening?: number;
}

/** DER of the root and of CAs below it. */
export interface Issuers {
  certificate: Buffer;
  intermediates?: Buffer[];
}

const day = 86400;

function time(secondsFromNow: number): string {
  const at = new Date((Math.floor(Date.now() / 1000) + secondsFromNow) * 1000);
  return at.toISOString().replace('.000Z', 'Z');
}

function slot(id: string, title: string, formats: string[], required: boolean, maxCount: number, maxBytes = 2 ** 32) {
  return { id, title, required, formats, max_bytes: maxBytes, max_count: maxCount };
}

/** The file's content: docs/spec/tender-file.md. JSON.stringify writes the canonical form of these values. */
function content(issuers: Issuers, platform: Company, options: TenderOptions): Buffer {
  const base64 = (bytes: Buffer): string => bytes.toString('base64');
  const value = {
    type: 'SBID1-tender',
    version: 1,
    platform: {
      id: 'platform.test',
      name: '测试交易平台',
      certificate: base64(platform.signing.certificate),
      encryption: base64(platform.encryption.certificate),
    },
    project: { id: 'P-2026-001', title: '某市第二水厂扩建工程', buyer: '某市水务集团' },
    published: time(-day),
    deadline: time(options.deadline ?? 7 * day),
    opening: time(options.opening ?? 7 * day + 3600),
    window_minutes: 30,
    lots: [
      { id: '1', title: '第一标段' },
      { id: '2', title: '第二标段' },
    ],
    envelopes: [
      {
        id: 'qualification',
        kind: 'qualification',
        stage: 1,
        title: '资格审查',
        slots: [slot('licence', '营业执照', ['pdf'], true, 20), slot('small', '小文件', ['any'], false, 5, 64)],
      },
      {
        id: 'technical',
        kind: 'technical',
        stage: 1,
        title: '技术标',
        slots: [slot('plan', '技术方案', ['any'], true, 10000)],
      },
      {
        id: 'price',
        kind: 'price',
        stage: 2,
        title: '报价文件',
        slots: [slot('list', '分项报价表', ['xlsx', 'pdf'], true, 10)],
      },
    ],
    summary: [
      {
        id: 'total', title: '投标总价', envelope: 'price', type: 'amount', unit: '元', scale: 2,
        min: '0.01', max: '99999999.00', required: true, choices: [],
      },
      {
        id: 'days', title: '工期', envelope: 'technical', type: 'integer', unit: '天', scale: 0,
        min: '1', max: '400', required: true, choices: [],
      },
    ],
    openers: { ways: options.ways ?? [{ way: 'supplier', mandatory: false }], rescue: null },
    issuers: { roots: [base64(issuers.certificate)], intermediates: (issuers.intermediates ?? []).map(base64) },
    revocation: { urls: [], lists: [] },
  };
  return Buffer.from(JSON.stringify(value));
}

export async function makeTender(issuers: Issuers, platform: Company, options: TenderOptions = {}): Promise<Buffer> {
  const core = await loadTestingCore();
  const bytes = new Uint8Array(content(issuers, platform, options));
  const key = new core.KeyFile();
  unpack(key.load(new Uint8Array(platform.signing.privateKey)));
  const signature = unpack(key.sign(bytes));
  key.delete();
  return Buffer.from(unpack(core.buildTenderFile(bytes, signature, new Uint8Array(issuers.intermediates?.[0] ?? []))));
}
