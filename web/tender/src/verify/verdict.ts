import type { SealFinding } from '@bidseal/sdk';

/** The one word for a seal: it stands; its document is not what was sealed; nobody vouches for it; something else. */
export type Verdict = 'good' | 'changed' | 'unknown' | 'bad';

const unproven = new Set(['certificate_untrusted', 'revocation_unknown']);

export function verdictOf(findings: readonly SealFinding[]): Verdict {
  if (findings.length === 0) return 'good';
  if (findings.some(({ part }) => part === 'document')) return 'changed';
  return findings.every(({ code }) => unproven.has(code)) ? 'unknown' : 'bad';
}

/** Pages from 0 as people write them: `1, 3–5`. */
export function pageRanges(pages: readonly number[]): string {
  const sorted = [...new Set(pages)].sort((a, b) => a - b);
  const ranges: [number, number][] = [];
  for (const page of sorted) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] + 1 === page) last[1] = page;
    else ranges.push([page, page]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from + 1}` : `${from + 1}–${to + 1}`)).join(', ');
}
