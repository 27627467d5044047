import type { BridgeDiagnosis, BridgeState, PinState } from '@bidseal/sdk';
import { describe, expect, it } from 'vitest';
import en from '../locales/en.json';
import { certificate, diagnosis, facts, key, now, without } from './fixtures';
import type { Facts } from './facts';
import { findings, firstToDo, rowNames, rowsOf, type Row, type RowName } from './rows';

const rows = (changes: Partial<Facts> = {}): Row[] => rowsOf(facts(changes), now);
const row = (name: RowName, changes: Partial<Facts> = {}): Row => rows(changes).find((each) => each.name === name) as Row;
const said = (name: RowName, changes: Partial<Facts> = {}): string => {
  const { state, finding } = row(name, changes);
  return `${state} ${finding}`;
};
const found = (changes: Partial<BridgeDiagnosis>): Partial<Facts> => ({ diagnosis: diagnosis(changes) });
const state = (state: BridgeState, more: object = {}): Partial<Facts> => found({ status: { state, bridgeVersion: '1.2.3', ...more } });

describe('rows of the bridge check', () => {
  it('all is well, but the signature is to be tried', () => {
    expect(rows().map(({ state, finding }) => `${state} ${finding}`)).toEqual([
      'good suitable', 'good granted', 'good running', 'good current', 'good paired', 'good there', 'good valid', 'open untried',
    ]);
    expect(firstToDo(rows())?.name).toBe('signature');
    const done = rows({ test: { state: 'works', seconds: 2.345, algorithm: 'sm2' } });
    expect(firstToDo(done)).toBeUndefined();
    expect(done.at(-1)?.values).toEqual({ seconds: '2.3', algorithm: 'SM2' });
  });

  it('before anything is known nothing is claimed', () => {
    const nothing = without(facts(), 'diagnosis', 'tokens', 'keys');
    const states = rowsOf(nothing, now).map((each) => each.state);
    expect(states).toEqual(['good', 'later', 'later', 'later', 'later', 'later', 'later', 'later']);
  });

  it('the browser', () => {
    expect(said('browser', { secure: false })).toBe('bad insecure');
    expect(said('browser', { privateStorage: false })).toBe('bad no_storage');
  });

  it('the permission, with the way to give it in this browser', () => {
    const silent = [{ port: 17391, answer: 'silent' as const }];
    expect(said('permission', found({ permission: 'unneeded' }))).toBe('good unneeded');
    expect(said('permission', found({ permission: 'prompt' }))).toBe('open prompt');
    expect(row('permission', { ...found({ permission: 'denied' }), browser: 'edge' })).toMatchObject({ state: 'bad', finding: 'denied', grant: 'edge' });
    expect(said('permission', found({ permission: 'unknown' }))).toBe('good untold');
    expect(row('permission', { ...found({ permission: 'unknown', ports: silent }), browser: 'firefox' })).toMatchObject({
      state: 'warn', finding: 'unknown', grant: 'firefox',
    });
  });

  it('the bridge: never more than the browser lets a page know', () => {
    const ports = [17391, 22391].map((port) => ({ port, answer: 'silent' as const }));
    const at = (name: BridgeState, changes: Partial<BridgeDiagnosis> = {}) =>
      row('running', found({ ports, status: { state: name }, pairedBefore: false, ...changes }));
    expect(at('permission_prompt')).toMatchObject({ state: 'later', finding: 'waiting' });
    expect(at('not_running')).toMatchObject({ state: 'bad', finding: 'absent', values: { ports: '17391, 22391' } });
    expect(at('not_running', { pairedBefore: true })).toMatchObject({ state: 'bad', finding: 'stopped' });
    expect(at('permission_denied_or_not_running', { permission: 'unknown' })).toMatchObject({ state: 'bad', finding: 'unclear' });
    expect(at('permission_denied_or_not_running', { permission: 'denied' })).toMatchObject({ state: 'later', finding: 'unclear' });
    const refused = at('refused', { ports: [{ port: 17391, answer: 'silent' }, { port: 22391, answer: 'refused' }] });
    expect(refused).toMatchObject({ state: 'bad', finding: 'refused', values: { port: 22391, origin: 'https://tender.example' } });
    expect(row('running', state('failed', { problem: 'token_driver' }))).toMatchObject({ state: 'bad', finding: 'failed', code: 'token_driver' });
    for (const each of ['outdated', 'changed', 'not_paired', 'no_token', 'pin_low', 'pin_blocked', 'ready'] as const) {
      expect(said('running', state(each))).toBe('good running');
    }
  });

  it('versions: which side is older, and what is missing', () => {
    expect(said('current', state('outdated', { older: 'bridge' }))).toBe('bad bridge');
    expect(said('current', state('outdated', { older: 'page' }))).toBe('bad page');
    expect(said('current', state('outdated'))).toBe('bad either');
    expect(row('current', found({ missingMethods: ['grant.open', 'login'] }))).toMatchObject({
      state: 'warn', finding: 'lacks', values: { bridge: '1.2.3', page: '1.2.4', methods: 'grant.open, login' },
    });
    expect(said('current', found({ status: { state: 'not_running' } }))).toBe('later later');
  });

  it('pairing', () => {
    expect(said('paired', state('not_paired'))).toBe('open not_paired');
    expect(said('paired', state('changed'))).toBe('bad changed');
    expect(said('paired', state('not_running'))).toBe('later later');
    expect(said('paired', state('no_token'))).toBe('good paired');
  });

  it('the UKey: the best of several counts', () => {
    const tokens = (...pins: PinState[]): Partial<Facts> => ({
      tokens: pins.map((pinState) => ({ pinState, retriesLeft: 3, retriesMax: 6, defaultPin: false })),
    });
    expect(said('token', { ...state('no_token'), tokens: [] })).toBe('bad none');
    expect(said('token', { tokens: [] })).toBe('later later');
    expect(row('token', tokens('low'))).toMatchObject({ state: 'warn', finding: 'low', retriesLeft: 3 });
    expect(said('token', tokens('last', 'locked'))).toBe('warn low');
    expect(said('token', tokens('locked', 'locked'))).toBe('bad blocked');
    expect(said('token', tokens('locked', 'ok'))).toBe('good there');
    expect(said('token', { tokens: [{ pinState: 'unknown', defaultPin: true }] })).toBe('warn default_pin');
  });

  it('certificates: dates and what is missing; the best key counts', () => {
    const noEncryption = without(key(400).entry, 'encryption');
    const noSigning = without(key(400).entry, 'signing');
    expect(row('certificate', { keys: [key(30)] })).toMatchObject({ state: 'good', finding: 'valid', values: { days: 30 } });
    expect(row('certificate', { keys: [key(29)] })).toMatchObject({ state: 'warn', finding: 'ends_soon', values: { days: 29 } });
    const one = key(400, { encryption: certificate(10) });
    expect(row('certificate', { keys: [one] })).toMatchObject({ state: 'warn', values: { days: 10 } });
    expect(said('certificate', { keys: [key(-1)] })).toBe('bad expired');
    expect(said('certificate', { keys: [key(400, { signing: certificate(400, { status: 'not_yet_valid' }) })] })).toBe('bad not_yet_valid');
    expect(said('certificate', { keys: [{ entry: noEncryption }] })).toBe('bad no_encryption');
    expect(said('certificate', { keys: [{ entry: noSigning }] })).toBe('bad no_signing');
    expect(said('certificate', { keys: [] })).toBe('bad none');
    expect(row('certificate', { keys: [key(-1), key(50), key(40)] })).toMatchObject({ finding: 'valid', values: { days: 50, count: 3 } });
  });

  it('the test signature', () => {
    expect(said('signature', { keys: [key(-1)] })).toBe('later later');
    expect(said('signature', { keys: [key(400, { pinState: 'locked' })] })).toBe('later later');
    expect(said('signature', { test: { state: 'running' } })).toBe('open running');
    const failed = (code: 'consent_refused' | 'pin_locked') => row('signature', { test: { state: 'failed', code, retriesLeft: 2 } });
    expect(failed('consent_refused')).toMatchObject({ state: 'open', code: 'consent_refused' });
    expect(failed('pin_locked')).toMatchObject({ state: 'bad', code: 'pin_locked', retriesLeft: 2 });
  });

  it('begins with the first fault, then with what is to be done, then with warnings', () => {
    const of = (...states: Row['state'][]) => firstToDo(states.map((each, i) => ({ name: rowNames[i] as RowName, state: each, finding: '' })))?.name;
    expect(of('good', 'warn', 'open', 'bad')).toBe('current');
    expect(of('good', 'warn', 'open', 'later')).toBe('running');
    expect(of('good', 'warn', 'later')).toBe('permission');
    expect(of('good', 'later')).toBeUndefined();
  });

  it('every finding has its texts, and every text its finding', () => {
    // The texts of other languages are compared with these by scripts/check-locales.mjs.
    const texts = en.doctor.finding as Record<RowName, Record<string, { is: string; means?: string; todo?: string }>>;
    expect(Object.keys(texts).sort()).toEqual([...rowNames].sort());
    for (const name of rowNames) {
      expect(Object.keys(texts[name]).sort(), name).toEqual([...findings[name]].sort());
      // What an error's own text says needs no other.
      const unexplained = Object.keys(texts[name]).filter((finding) => texts[name][finding]?.means === undefined);
      expect(unexplained.filter((finding) => !['later', 'failed'].includes(finding)), name).toEqual(name === 'signature' ? ['running'] : []);
    }
  });
});
