/** A run of text on a page, as pdf.js gives it, in millimetres of the page as it is shown. */
export interface TextRun {
  text: string;
  /** Where the run begins and ends, on its line. */
  from: { leftMm: number; topMm: number };
  to: { leftMm: number; topMm: number };
}

export interface Found {
  /** The middle of the words. */
  leftMm: number;
  topMm: number;
}

/** Without spaces, and full-width signs as their plain ones: （盖章） is (盖章). */
function plain(text: string): string {
  return text.normalize('NFKC').replace(/\s+/gu, '');
}

/** Every place of `words` on a page; programs cut lines into runs as they like, so all runs are read as one text. */
export function findText(runs: readonly TextRun[], words: string): Found[] {
  const wanted = plain(words);
  if (wanted === '') return [];
  let text = '';
  const origin: { run: TextRun; share: number; length: number }[] = [];
  for (const run of runs) {
    const own = plain(run.text);
    for (let i = 0; i < own.length; i += 1) origin.push({ run, share: i / own.length, length: own.length });
    text += own;
  }
  const found: Found[] = [];
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
    const [first, last] = [origin[at], origin[at + wanted.length - 1]];
    if (first === undefined || last === undefined) break;
    const begin = along(first.run, first.share);
    const end = along(last.run, last.share + 1 / last.length);
    // Words that go on in the next line: the first part decides.
    const sameLine = Math.abs(begin.topMm - end.topMm) < 3 || Math.abs(begin.leftMm - end.leftMm) < 3;
    const stop = sameLine ? end : first.run.to;
    found.push({ leftMm: (begin.leftMm + stop.leftMm) / 2, topMm: (begin.topMm + stop.topMm) / 2 });
  }
  return found;
}

function along({ from, to }: TextRun, share: number): Found {
  return { leftMm: from.leftMm + (to.leftMm - from.leftMm) * share, topMm: from.topMm + (to.topMm - from.topMm) * share };
}
