import { expect, it } from 'vitest';
import { diagnosis, facts, key, now, without } from './fixtures';
import { reportOf } from './report';
import { rowsOf } from './rows';

const extras = { time: '2026-06-01T00:00:00.000Z', userAgent: 'Test/1.0', language: 'zh' };

it('says what helps', () => {
  const all = facts({ test: { state: 'failed', code: 'pin_cancelled', retriesLeft: 5 } });
  expect(reportOf(all, rowsOf(all, now), extras)).toBe(`BidSeal bridge check
time: 2026-06-01T00:00:00.000Z
page: https://tender.example 1.2.4
browser: Test/1.0
language: zh
browser: good suitable
permission: good granted
running: good running
current: good current
paired: good paired
token: good there
certificate: good valid
signature: open failed pin_cancelled
state: ready
local permission: granted
ports: 17391 bridge, 22391 silent
bridge version: 1.2.3
methods missing: none
paired before: yes
tokens: 1
  pin ok, tries 6 of 6, default pin no
keys: 1
  signing: sm2 active 400 days chain 1; encryption: sm2 active 400 days chain 1
test signature: pin_cancelled, 5 tries left
`);
});

it('holds nothing that names a person, a company, a UKey or a certificate', () => {
  const half = without(key(10).entry, 'encryption');
  const all = facts({
    keys: [key(400), key(-5), { entry: half }],
    test: { state: 'works', seconds: 3, algorithm: 'sm2' },
    diagnosis: diagnosis({ status: { state: 'pin_low', bridgeVersion: '1', deviceName: 'Secret label', retriesLeft: 1 } }),
  });
  const report = reportOf(all, rowsOf(all, now), extras);
  expect(report).not.toMatch(/secret/i);
  expect(report).not.toContain('91310000MA1FL0XX0A');
  expect(report).not.toMatch(/MEI=|3042/); // the certificate, as base64 and hex
  expect(report).toContain('keys: 3');
  expect(report).toContain('test signature: sm2, 3.0 s');
});

it('before anything was looked at', () => {
  const nothing = without(facts(), 'diagnosis', 'tokens', 'keys');
  const report = reportOf(nothing, rowsOf(nothing, now), extras);
  expect(report).toContain('tokens: 0\nkeys: 0\n');
  expect(report).not.toContain('undefined');
});
