import { expect, it } from 'vitest';
import { findText, type TextRun } from './find-text';

const run = (text: string, left: number, top: number, width: number): TextRun => ({
  text,
  from: { leftMm: left, topMm: top },
  to: { leftMm: left + width, topMm: top },
});

/** With the brackets and colons of a plain keyboard. */
const plain = (text: string): string => text.normalize('NFKC');

it('finds words inside of a run, in the middle of their width', () => {
  expect(findText([run(plain('投标人（盖章）：____'), 20, 50, 60)], plain('（盖章）'))).toEqual([{ leftMm: 20 + 60 * ((3 + 7) / 2 / 12), topMm: 50 }]);
  expect(findText([run('投标人', 20, 50, 15)], '法定代表人')).toEqual([]);
  expect(findText([run('投标人', 20, 50, 15)], ' ')).toEqual([]);
});

it('programs cut lines as they like, and write brackets as they like', () => {
  const runs = [run('投标', 20, 50, 10), run('人 ', 30, 50, 5), run('（盖', 35, 50, 10), run('章）', 45, 50, 10)];
  expect(findText(runs, plain('投标人（盖章）'))).toEqual([{ leftMm: 37.5, topMm: 50 }]);
});

it('finds every place, and words over two lines by their first part', () => {
  expect(findText([run('盖章', 10, 10, 10), run('甲', 30, 10, 5), run('盖章', 10, 90, 10)], '盖章')).toHaveLength(2);
  expect(findText([run('请盖', 100, 10, 20), run('章', 10, 20, 10)], '盖章')).toEqual([{ leftMm: 115, topMm: 10 }]);
});

it('text that runs down the page', () => {
  const down: TextRun = { text: '盖章处', from: { leftMm: 50, topMm: 10 }, to: { leftMm: 50, topMm: 40 } };
  expect(findText([down], '章处')).toEqual([{ leftMm: 50, topMm: 30 }]);
});
