// The report that a user hands to those who help. It is built from a list of what may be in it: no names,
// serial numbers, certificates, keys or labels of UKeys.
import type { KeyCertificate } from '@bidseal/sdk';
import type { Facts } from './facts';
import type { Row } from './rows';

export interface ReportExtras {
  /** ISO 8601. */
  time: string;
  userAgent: string;
  language: string;
}

function certificateText(certificate: KeyCertificate | undefined): string {
  if (certificate === undefined) return 'none';
  const days = certificate.daysLeft === undefined ? '' : ` ${certificate.daysLeft} days`;
  return `${certificate.keyKind} ${certificate.status}${days} chain ${certificate.chain?.length ?? 0}`;
}

/** Always in English, and plain: it may go through any mail program or ticket. */
export function reportOf(facts: Facts, rows: readonly Row[], extras: ReportExtras): string {
  const { diagnosis, tokens = [], keys = [] } = facts;
  const lines = [
    'BidSeal bridge check',
    `time: ${extras.time}`,
    `page: ${facts.origin} ${facts.pageVersion}`,
    `browser: ${extras.userAgent}`,
    `language: ${extras.language}`,
  ];
  for (const row of rows) lines.push(`${row.name}: ${row.state} ${row.finding}${row.code === undefined ? '' : ` ${row.code}`}`);
  if (diagnosis !== undefined) {
    const { status, ports, missingMethods } = diagnosis;
    lines.push(`state: ${status.state}${status.problem === undefined ? '' : ` ${status.problem}`}`);
    lines.push(`local permission: ${diagnosis.permission}`);
    lines.push(`ports: ${ports.map(({ port, answer }) => `${port} ${answer}`).join(', ') || 'not looked at'}`);
    lines.push(`bridge version: ${status.bridgeVersion ?? 'unknown'}`);
    lines.push(`methods missing: ${missingMethods === undefined ? 'unknown' : missingMethods.join(', ') || 'none'}`);
    lines.push(`paired before: ${diagnosis.pairedBefore ? 'yes' : 'no'}`);
  }
  lines.push(`tokens: ${tokens.length}`);
  for (const token of tokens) {
    const tries = token.retriesLeft === undefined ? 'unknown' : `${token.retriesLeft} of ${token.retriesMax ?? 'unknown'}`;
    lines.push(`  pin ${token.pinState}, tries ${tries}, default pin ${token.defaultPin ? 'yes' : 'no'}`);
  }
  lines.push(`keys: ${keys.length}`);
  for (const { entry } of keys) {
    lines.push(`  signing: ${certificateText(entry.signing)}; encryption: ${certificateText(entry.encryption)}`);
  }
  const { test } = facts;
  if (test.state === 'works') lines.push(`test signature: ${test.algorithm}, ${test.seconds.toFixed(1)} s`);
  if (test.state === 'failed') {
    lines.push(`test signature: ${test.code}${test.retriesLeft === undefined ? '' : `, ${test.retriesLeft} tries left`}`);
  }
  return `${lines.join('\n')}\n`;
}
