// The rows of the check: from what is known to what is said. The texts stand in the locales, under
// `doctor.finding.ROW.FINDING`: `is`, `means` and, where there is something to do, `todo`.
import type { BridgeDiagnosis, BridgeStatus, ErrorCode } from '@bidseal/sdk';
import type { BrowserName } from './browser';
import { daysLeft, keyState, signingKeys, type Facts, type KeyState } from './facts';

export const rowNames = ['browser', 'permission', 'running', 'current', 'paired', 'token', 'certificate', 'signature'] as const;
export type RowName = (typeof rowNames)[number];

/** What a row can say. */
export const findings = {
  browser: ['suitable', 'insecure', 'no_storage'],
  permission: ['later', 'granted', 'unneeded', 'prompt', 'denied', 'untold', 'unknown'],
  running: ['later', 'waiting', 'running', 'absent', 'stopped', 'unclear', 'refused', 'failed'],
  current: ['later', 'current', 'lacks', 'bridge', 'page', 'either'],
  paired: ['later', 'paired', 'not_paired', 'changed'],
  token: ['later', 'there', 'none', 'low', 'blocked', 'default_pin'],
  certificate: ['later', 'valid', 'ends_soon', 'not_yet_valid', 'expired', 'no_encryption', 'no_signing', 'none'],
  signature: ['later', 'untried', 'running', 'works', 'failed'],
} as const satisfies Record<RowName, readonly string[]>;
type Finding<Name extends RowName> = (typeof findings)[Name][number];

/** `open`: something the user has yet to do; `later`: not to be known before a row above is right. */
export type RowState = 'good' | 'warn' | 'bad' | 'open' | 'later';

export interface Row {
  name: RowName;
  state: RowState;
  finding: string;
  values?: Record<string, string | number>;
  /** The bridge's own error: its text says what happened and what to do. */
  code?: ErrorCode;
  retriesLeft?: number;
  /** Where this browser keeps its permission. */
  grant?: BrowserName;
}

interface Said<Name extends RowName> extends Omit<Row, 'name' | 'finding'> {
  finding: Finding<Name>;
}

const later = { state: 'later', finding: 'later' } as const;

function browserRow({ secure, privateStorage }: Facts): Said<'browser'> {
  if (!secure) return { state: 'bad', finding: 'insecure' };
  return privateStorage ? { state: 'good', finding: 'suitable' } : { state: 'bad', finding: 'no_storage' };
}

function permissionRow({ diagnosis, browser }: Facts): Said<'permission'> {
  if (diagnosis === undefined) return later;
  switch (diagnosis.permission) {
    case 'granted':
      return { state: 'good', finding: 'granted' };
    case 'unneeded':
      return { state: 'good', finding: 'unneeded' };
    case 'prompt':
      // A page that was let through before keeps its connection after the permission was taken back.
      return { state: 'open', finding: 'prompt' };
    case 'denied':
      return { state: 'bad', finding: 'denied', grant: browser };
    case 'unknown':
      return reached(diagnosis)
        ? { state: 'good', finding: 'untold' }
        : { state: 'warn', finding: 'unknown', grant: browser };
  }
}

/** Whether some program answered: then no permission is in the way. */
function reached(diagnosis: BridgeDiagnosis): boolean {
  return diagnosis.ports.some(({ answer }) => answer !== 'silent');
}

function runningRow(diagnosis: BridgeDiagnosis | undefined, origin: string): Said<'running'> {
  if (diagnosis === undefined) return later;
  const { status, ports, pairedBefore, permission } = diagnosis;
  const port = ports.find(({ answer }) => answer !== 'silent')?.port ?? 0;
  switch (status.state) {
    case 'permission_prompt':
      return { state: 'later', finding: 'waiting' };
    case 'not_running':
      return { state: 'bad', finding: pairedBefore ? 'stopped' : 'absent', values: { ports: listOf(ports) } };
    case 'permission_denied_or_not_running':
      return { state: permission === 'denied' ? 'later' : 'bad', finding: 'unclear' };
    case 'refused':
      return { state: 'bad', finding: 'refused', values: { port, origin } };
    case 'failed':
      return { state: 'bad', finding: 'failed', ...(status.problem === undefined ? {} : { code: status.problem }) };
    default:
      return { state: 'good', finding: 'running', values: { port } };
  }
}

function listOf(ports: BridgeDiagnosis['ports']): string {
  return ports.map(({ port }) => port).join(', ');
}

/** States in which the bridge said who it is. */
function answered({ state }: BridgeStatus): boolean {
  return ['not_paired', 'no_token', 'pin_low', 'pin_blocked', 'ready', 'failed'].includes(state);
}

function currentRow({ diagnosis, pageVersion }: Facts): Said<'current'> {
  if (diagnosis === undefined) return later;
  const { status, missingMethods = [] } = diagnosis;
  const values = { bridge: status.bridgeVersion ?? '', page: pageVersion };
  if (status.state === 'outdated') return { state: 'bad', finding: status.older ?? 'either' };
  if (!answered(status) || status.bridgeVersion === undefined) return later;
  if (missingMethods.length > 0) {
    return { state: 'warn', finding: 'lacks', values: { ...values, methods: missingMethods.join(', ') } };
  }
  return { state: 'good', finding: 'current', values };
}

function pairedRow(diagnosis: BridgeDiagnosis | undefined): Said<'paired'> {
  const state = diagnosis?.status.state;
  if (state === 'changed') return { state: 'bad', finding: 'changed' };
  if (state === 'not_paired') return { state: 'open', finding: 'not_paired' };
  if (diagnosis === undefined || !answered(diagnosis.status)) return later;
  return { state: 'good', finding: 'paired' };
}

function tokenRow({ diagnosis, tokens }: Facts): Said<'token'> {
  if (diagnosis?.status.state === 'no_token') return { state: 'bad', finding: 'none' };
  if (tokens === undefined || tokens.length === 0) return later;
  const count = tokens.length;
  const open = tokens.filter(({ pinState }) => pinState !== 'locked');
  if (open.length === 0) return { state: 'bad', finding: 'blocked', values: { count } };
  const worried = open.find(({ pinState }) => pinState === 'low' || pinState === 'last');
  if (worried !== undefined) {
    const retriesLeft = worried.retriesLeft;
    return { state: 'warn', finding: 'low', values: { count }, ...(retriesLeft === undefined ? {} : { retriesLeft }) };
  }
  if (open.some(({ defaultPin }) => defaultPin)) return { state: 'warn', finding: 'default_pin', values: { count } };
  return { state: 'good', finding: 'there', values: { count } };
}

const order: KeyState[] = ['valid', 'ends_soon', 'not_yet_valid', 'expired', 'no_encryption', 'no_signing'];
const states: Record<KeyState, RowState> = {
  valid: 'good', ends_soon: 'warn', not_yet_valid: 'bad', expired: 'bad', no_encryption: 'bad', no_signing: 'bad',
};

/** The best key speaks for all: one that works is enough. */
function certificateRow({ keys, tokens }: Facts, now: number): Said<'certificate'> {
  if (keys === undefined || tokens === undefined || tokens.length === 0) return later;
  const found = keys.map((key) => keyState(key, now));
  const best = order.find((state) => found.includes(state));
  if (best === undefined) return { state: 'bad', finding: 'none' };
  const days = Math.max(...keys.filter((_, i) => found[i] === best).map((key) => daysLeft(key, now)));
  return { state: states[best], finding: best, values: { days, count: keys.length } };
}

/** What the user decided or let pass says nothing against the UKey. */
const givenUp: ErrorCode[] = ['consent_refused', 'pin_cancelled', 'cancelled', 'timed_out'];

function signatureRow(facts: Facts): Said<'signature'> {
  const { test } = facts;
  switch (test.state) {
    case 'running':
      return { state: 'open', finding: 'running' };
    case 'works':
      return { state: 'good', finding: 'works', values: { seconds: test.seconds.toFixed(1), algorithm: test.algorithm.toUpperCase() } };
    case 'failed':
      return {
        state: givenUp.includes(test.code) ? 'open' : 'bad',
        finding: 'failed',
        code: test.code,
        ...(test.retriesLeft === undefined ? {} : { retriesLeft: test.retriesLeft }),
      };
    case 'none':
      return signingKeys(facts).length === 0 ? later : { state: 'open', finding: 'untried' };
  }
}

/** All rows in the order in which they are to be mended. */
export function rowsOf(facts: Facts, now: number): Row[] {
  const said: { [Name in RowName]: Said<Name> } = {
    browser: browserRow(facts),
    permission: permissionRow(facts),
    running: runningRow(facts.diagnosis, facts.origin),
    current: currentRow(facts),
    paired: pairedRow(facts.diagnosis),
    token: tokenRow(facts),
    certificate: certificateRow(facts, now),
    signature: signatureRow(facts),
  };
  return rowNames.map((name) => ({ name, ...said[name] }));
}

/** The row to begin with: the first fault, else the first thing to do, else the first warning. */
export function firstToDo(rows: readonly Row[]): Row | undefined {
  const first = (state: RowState): Row | undefined => rows.find((row) => row.state === state);
  return first('bad') ?? first('open') ?? first('warn');
}
