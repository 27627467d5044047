import type { BidOpener, CertificateInfo, ReleaseInfo } from '@bidseal/sdk';
import { describe, expect, it } from 'vitest';
import { isShared, waysOf } from './ways';

const certificate = (name: string): CertificateInfo => ({
  der: new Uint8Array(), sm3: `sm3 of ${name}`, holder: name, creditCode: '', subject: '', issuer: '', serial: '',
  notBefore: '', notAfter: '', keyKind: 'sm2', canSign: false, canEncrypt: true,
});
const opener = (way: number, part: number, slot: number, role: BidOpener['role'], name: string, threshold = 1): BidOpener => ({
  envelope: 'price', version: 0, way, part, slot, role, threshold, kind: 'ukey', certificate: certificate(name),
});
const openers = [
  opener(0, 0, 0, 'supplier', 'company'),
  opener(0, 1, 0, 'platform', 'platform'),
  opener(1, 0, 0, 'platform', 'platform'),
  opener(1, 1, 0, 'rescue', 'a', 2),
  opener(1, 1, 1, 'rescue', 'b', 2),
  opener(1, 1, 2, 'rescue', 'c', 2),
  { ...opener(0, 0, 0, 'supplier', 'company'), envelope: 'technical' },
];
const release = (name: string, places: [number, number, number][], envelope = 'price'): ReleaseInfo => ({
  signer: certificate(name), created: '', expires: '', recipient: 'sm3 of company',
  shares: places.map(([way, part, slot]) => ({ envelope, version: 0, way, part, slot })),
});

describe('ways of opening', () => {
  it('nothing is there without a key', () => {
    const ways = waysOf(openers, 'price', undefined, []);
    expect(ways.map((way) => [way.name, way.complete, isShared(way)])).toEqual([
      ['supplier+platform', false, true],
      ['platform+rescue', false, true],
    ]);
    expect(ways[1]?.parts[1]).toMatchObject({ threshold: 2, have: 0 });
  });

  it('the key and a release complete a way', () => {
    const before = waysOf(openers, 'price', 'sm3 of company', [])[0];
    expect(before?.parts.map((part) => part.have)).toEqual([1, 0]);
    const after = waysOf(openers, 'price', 'sm3 of company', [release('platform', [[0, 1, 0], [1, 0, 0]])]);
    expect(after.map((way) => way.complete)).toEqual([true, false]);
    expect(after[0]?.parts[1]?.holders).toEqual([{ name: 'platform', certificate: 'sm3 of platform', source: 'release' }]);
  });

  it('two of three are enough, one twice is not', () => {
    const platform = release('platform', [[1, 0, 0]]);
    const twice = waysOf(openers, 'price', undefined, [platform, release('a', [[1, 1, 0]]), release('a', [[1, 1, 0]])]);
    expect(twice[1]?.complete).toBe(false);
    const two = waysOf(openers, 'price', undefined, [platform, release('a', [[1, 1, 0]]), release('c', [[1, 1, 2]])]);
    expect(two[1]?.complete).toBe(true);
  });

  it('a release for another envelope counts for that one only', () => {
    const ways = waysOf(openers, 'price', 'sm3 of company', [release('platform', [[0, 1, 0]], 'technical')]);
    expect(ways[0]?.complete).toBe(false);
    expect(waysOf(openers, 'technical', 'sm3 of company', []).map((way) => [way.complete, isShared(way)])).toEqual([[true, false]]);
  });
});
