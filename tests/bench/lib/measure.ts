// Rows of a result, and runs that take turns so that a busy moment of the machine hits both sides.
export interface Side {
  name: string;
  version: string;
  runs: number[];
  min: number;
  median: number;
  max: number;
}

export interface Row {
  work: string;
  unit: string;
  better: 'higher' | 'lower';
  size: string;
  ours: Side;
  peer: Side;
  /** Above 1 where ours is better. */
  ratio: number;
}

export interface Named {
  name: string;
  version: string;
}

function round(value: number): number {
  return Number(value.toPrecision(5));
}

export function side(named: Named, values: number[]): Side {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number): number => sorted[index] as number;
  const middle = (sorted.length - 1) / 2;
  const median = (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2;
  return {
    ...named,
    runs: values.map(round),
    min: round(at(0)),
    median: round(median),
    max: round(at(sorted.length - 1)),
  };
}

export function row(work: string, size: string, unit: string, better: Row['better'], ours: Side, peer: Side): Row {
  const ratio = better === 'higher' ? ours.median / peer.median : peer.median / ours.median;
  return { work, unit, better, size, ours, peer, ratio: round(ratio) };
}

/** `count` rounds; in each, every measurement once. A round before them warms up and does not count. */
export async function takeTurns(count: number, measurements: (() => Promise<number>)[], warmUp = true): Promise<number[][]> {
  const results: number[][] = measurements.map(() => []);
  for (let i = warmUp ? -1 : 0; i < count; i += 1) {
    for (const [which, measure] of measurements.entries()) {
      const value = await measure();
      if (i >= 0) (results[which] as number[]).push(value);
    }
  }
  return results;
}

type Operation = (operation: string, size: number, count: number) => Promise<number>;

/** Repetitions per second, in turns; each run lasts about `seconds`. */
export async function rates(
  operation: string,
  size: number,
  runs: number,
  seconds: number,
  sides: Operation[],
): Promise<number[][]> {
  const measurements: (() => Promise<number>)[] = [];
  for (const run of sides) {
    // The first, short runs also let an engine replace its quickly made code.
    let count = 1;
    let took = await run(operation, size, count);
    while (took < seconds / 4) {
      count = Math.max(count + 1, Math.min(count * 10, Math.ceil((count * seconds) / Math.max(took, 1e-6))));
      took = await run(operation, size, count);
    }
    const repetitions = Math.max(1, Math.round((count * seconds) / took));
    measurements.push(async () => repetitions / (await run(operation, size, repetitions)));
  }
  return takeTurns(runs, measurements);
}
