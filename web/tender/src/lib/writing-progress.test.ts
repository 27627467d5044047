import type { Progress } from '@bidseal/sdk';
import { expect, it } from 'vitest';
import { writingProgress } from './writing-progress';

it('tells rate and time left, ten times a second and at the end', () => {
  const told: Progress[] = [];
  let now = 0;
  const wrote = writingProgress(1000, (each) => told.push(each), () => now);
  for (const [time, done] of [[100, 100], [150, 150], [250, 250], [260, 1000]] as const) {
    now = time;
    wrote(done);
  }
  expect(told.map(({ bytesDone, bytesPerSecond, secondsLeft }) => [bytesDone, bytesPerSecond, secondsLeft])).toEqual([
    [100, 1000, 0.9],
    [250, 1000, 0.75],
    [1000, 1000 / 0.26, 0],
  ]);
});

it('knows no time left before the first byte', () => {
  const told: Progress[] = [];
  writingProgress(1000, (each) => told.push(each), () => 5)(0);
  expect(told).toEqual([
    { phase: 'writing', bytesDone: 0, bytesTotal: 1000, documentsDone: 0, documentsTotal: 0, bytesPerSecond: 0 },
  ]);
});
