import type { Progress } from '@bidseal/sdk';

const pause = 100; // milliseconds between two reports

/** Turns "so many bytes are written" into the progress that `ProgressPanel` shows: rate and time left. */
export function writingProgress(total: number, report: (progress: Progress) => void, clock = () => performance.now()): (done: number) => void {
  const started = clock();
  let reported = -Infinity;
  return (done) => {
    const now = clock();
    if (now - reported < pause && done < total) return;
    reported = now;
    const rate = (done / Math.max(1, now - started)) * 1000;
    report({
      phase: 'writing',
      bytesDone: done,
      bytesTotal: total,
      documentsDone: 0,
      documentsTotal: 0,
      bytesPerSecond: rate,
      ...(rate > 0 ? { secondsLeft: (total - done) / rate } : {}),
    });
  };
}
