import { expect, test } from 'vitest';
import { amountInWords } from './amount-in-words';

test.each([
  ['0', '人民币零元整'],
  ['0.00', '人民币零元整'],
  ['0.05', '人民币伍分'],
  ['0.50', '人民币伍角整'],
  ['1.00', '人民币壹元整'],
  ['10.01', '人民币壹拾元零壹分'],
  ['107000.53', '人民币壹拾万零柒仟元伍角叁分'],
  ['1680.32', '人民币壹仟陆佰捌拾元叁角贰分'],
  ['6007.14', '人民币陆仟零柒元壹角肆分'],
  ['16409.02', '人民币壹万陆仟肆佰零玖元零贰分'],
  ['325.04', '人民币叁佰贰拾伍元零肆分'],
  ['100000000.00', '人民币壹亿元整'],
  ['100010000', '人民币壹亿零壹万元整'],
  ['1000000000001', '人民币壹万亿零壹元整'],
  ['20003000', '人民币贰仟万零叁仟元整'],
  ['-3.20', '人民币负叁元贰角整'],
])('%s yuan', (value, words) => {
  expect(amountInWords(value, 'CNY')).toBe(words);
});

test('ten thousands of yuan', () => {
  expect(amountInWords('12.3456', '万元')).toBe('人民币壹拾贰万叁仟肆佰伍拾陆元整');
  expect(amountInWords('12', '万元')).toBe('人民币壹拾贰万元整');
});

test('what is no amount of yuan has no words', () => {
  expect(amountInWords('12', '天')).toBeUndefined();
  expect(amountInWords('1.005', '元')).toBeUndefined();
  expect(amountInWords('', '元')).toBeUndefined();
  expect(amountInWords('1e5', '元')).toBeUndefined();
});
