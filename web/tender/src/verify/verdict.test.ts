import { expect, it } from 'vitest';
import { pageRanges, verdictOf } from './verdict';

it('a changed document weighs more than an unknown signer', () => {
  expect(verdictOf([])).toBe('good');
  expect(verdictOf([{ part: 'signer', code: 'certificate_untrusted' }])).toBe('unknown');
  expect(
    verdictOf([
      { part: 'signer', code: 'certificate_untrusted' },
      { part: 'issuer', code: 'revocation_unknown' },
    ]),
  ).toBe('unknown');
  expect(
    verdictOf([
      { part: 'signer', code: 'certificate_untrusted' },
      { part: 'document', code: 'pdf_changed_after' },
    ]),
  ).toBe('changed');
  expect(
    verdictOf([
      { part: 'issuer', code: 'certificate_untrusted' },
      { part: 'signer', code: 'signature_invalid' },
    ]),
  ).toBe('bad');
  expect(verdictOf([{ part: 'seal', code: 'seal_expired' }])).toBe('bad');
});

it('pages are counted from one and joined', () => {
  expect(pageRanges([])).toBe('');
  expect(pageRanges([0])).toBe('1');
  expect(pageRanges([4, 2, 3, 0, 3])).toBe('1, 3–5');
});
