// A result as a table (Markdown) and as a picture (SVG).
import type { Machine } from './machine.ts';
import type { Row } from './measure.ts';

export interface Result {
  suite: string;
  quick: boolean;
  date: string;
  commit: string;
  machine: Machine;
  /** Before and after the run. */
  load: { before: number[]; after: number[] };
  growth: { what: string; from: string; to: string; factor: number }[];
  rows: Row[];
}

function number(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toPrecision(3);
}

export function table({ suite, date, commit, machine, load, growth, rows }: Result): string {
  const lines = [
    `# Benchmark: ${suite}`,
    '',
    `Written by \`tools/bench ${suite}\`. Medians, with the slowest and fastest run in brackets; ours and the peer take turns within`,
    'one run. A ratio above 1 says that ours is better. How each row is measured: [method](method.md).',
    '',
    `![ratios](${suite}.svg)`,
    '',
    '| work | size | ours | peer | ratio | peer is |',
    '|---|---|---|---|---|---|',
  ];
  for (const { work, size, unit, ours, peer, ratio } of rows) {
    const cell = (side: Row['ours']): string => {
      const range = side.runs.length > 1 ? ` (${number(side.min)}–${number(side.max)})` : '';
      return `${number(side.median)} ${unit}${range}`;
    };
    lines.push(`| ${work} | ${size} | ${cell(ours)} | ${cell(peer)} | ${ratio.toFixed(2)} | ${peer.name} ${peer.version} |`);
  }
  lines.push('', '## How time grows', '');
  for (const { what, from, to, factor } of growth) {
    lines.push(`- ${what}, ${to} against ${from}: × ${factor} (1 is linear)`);
  }
  lines.push(
    '',
    '## Where',
    '',
    `- ${date}, commit ${commit}${commit.endsWith('+') ? ' (with uncommitted changes)' : ''}`,
    `- ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB of memory, Linux ${machine.kernel}`,
    `- ${machine.browser}; Node ${machine.node}; OpenSSL ${machine.openssl}; Zip ${machine.zip}`,
    `- load (1, 5, 15 minutes) before ${load.before.join(', ')}, after ${load.after.join(', ')}; one busy core of our own is 1`,
    '',
  );
  return lines.join('\n');
}

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** Bars of the ratios on a logarithmic scale, so that twice as good and half as good look alike. */
export function picture({ suite, rows, machine, date, quick }: Result): string {
  const width = 1120;
  const rowHeight = 26;
  const top = 92;
  const left = 610;
  const right = width - 70;
  const height = top + rows.length * rowHeight + 46;
  const logs = rows.map((each) => Math.log2(each.ratio));
  const least = Math.floor(Math.min(-1, ...logs));
  const most = Math.ceil(Math.max(1, ...logs));
  const x = (ratio: number): number => left + ((Math.log2(ratio) - least) / (most - least)) * (right - left);
  const step = most - least > 8 ? 2 : 1;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="24" y="34" font-size="20" font-weight="bold" fill="#1d2733">BidSeal benchmark “${suite}”${quick ? ', quick' : ''}</text>`,
    `<text x="24" y="56" font-size="12" fill="#5b6773">How many times better than the peer, medians; right of 1 is ours. ${escape(machine.cpu)}, ${escape(machine.browser)}, ${date.slice(0, 10)}</text>`,
  ];
  for (let power = least; power <= most; power += 1) {
    if ((power - least) % step !== 0 && power !== 0) continue;
    const at = x(2 ** power).toFixed(1);
    const label = power < 0 ? `1/${2 ** -power}` : String(2 ** power);
    parts.push(
      `<line x1="${at}" x2="${at}" y1="${top - 8}" y2="${height - 40}" stroke="${power === 0 ? '#1d2733' : '#dfe4ea'}"/>`,
      `<text x="${at}" y="${height - 22}" font-size="11" text-anchor="middle" fill="#5b6773">${label}</text>`,
    );
  }
  for (const [i, { work, size, peer, ratio }] of rows.entries()) {
    const y = top + i * rowHeight;
    const [from, to] = [x(1), x(ratio)];
    const better = ratio >= 1;
    parts.push(
      `<text x="24" y="${y + 13}" font-size="12" fill="#1d2733">${escape(work)}, ${escape(size)}</text>`,
      `<text x="${left - 14}" y="${y + 13}" font-size="11" text-anchor="end" fill="#5b6773">${escape(peer.name)}</text>`,
      `<rect x="${Math.min(from, to).toFixed(1)}" y="${y + 1}" width="${Math.max(1, Math.abs(to - from)).toFixed(1)}" height="16" rx="2" fill="${better ? '#2e7d5b' : '#c4572f'}"/>`,
      `<text x="${(better ? to + 6 : from + 6).toFixed(1)}" y="${y + 13}" font-size="11" fill="#1d2733">${ratio >= 100 ? ratio.toFixed(0) : ratio.toFixed(2)}</text>`,
    );
  }
  parts.push('</svg>', '');
  return parts.join('\n');
}
