// For the unit tests: a computer where everything is right, to be changed one thing at a time.
import type { BridgeDiagnosis, KeyCertificate } from '@bidseal/sdk';
import type { Facts, KeyFacts } from './facts';

export const now = Date.parse('2026-06-01T00:00:00Z');
export const day = 86_400_000;

/** Ends so many days from `now`. */
export function certificate(days: number, changes: Partial<KeyCertificate> = {}): KeyCertificate {
  return {
    der: new Uint8Array([0x30, 0x42]),
    keyKind: 'sm2',
    holder: 'Secret Holder Ltd',
    creditCode: '91310000MA1FL0XX0A',
    subject: 'O=Secret Holder Ltd',
    issuer: 'CN=Secret Issuer',
    notBefore: '2026-01-01T00:00:00Z',
    notAfter: new Date(now + days * day + 3600_000).toISOString(),
    status: days < 0 ? 'expired' : 'active',
    daysLeft: Math.max(0, days),
    chain: [new Uint8Array([1])],
    ...changes,
  };
}

export function key(days: number, changes: Partial<KeyFacts['entry']> = {}): KeyFacts {
  return {
    entry: {
      keyId: `key ${days}`,
      deviceName: 'Secret label',
      serial: 'SECRET-SERIAL',
      pinState: 'ok',
      retriesLeft: 6,
      signing: certificate(days),
      encryption: certificate(days),
      ...changes,
    },
  };
}

export function diagnosis(changes: Partial<BridgeDiagnosis> = {}): BridgeDiagnosis {
  return {
    permission: 'granted',
    pairedBefore: true,
    ports: [
      { port: 17391, answer: 'bridge' },
      { port: 22391, answer: 'silent' },
    ],
    status: { state: 'ready', bridgeVersion: '1.2.3', deviceName: 'Secret label', retriesLeft: 6 },
    missingMethods: [],
    ...changes,
  };
}

export function facts(changes: Partial<Facts> = {}): Facts {
  return {
    origin: 'https://tender.example',
    secure: true,
    privateStorage: true,
    browser: 'chrome',
    pageVersion: '1.2.4',
    diagnosis: diagnosis(),
    tokens: [{ pinState: 'ok', retriesLeft: 6, retriesMax: 6, defaultPin: false }],
    keys: [key(400)],
    test: { state: 'none' },
    ...changes,
  };
}

/** A copy that lacks some members. */
export function without<Value extends object, Name extends keyof Value>(value: Value, ...names: Name[]): Omit<Value, Name> {
  const kept = Object.entries(value).filter(([name]) => !names.includes(name as Name));
  return Object.fromEntries(kept) as Omit<Value, Name>;
}
