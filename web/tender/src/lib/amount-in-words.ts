const digits = '零壹贰叁肆伍陆柒捌玖';
const places = ['', '拾', '佰', '仟'];
const sections = ['', '万', '亿', '万亿', '亿亿'];

/** One to four digits as they are read, with one 零 for each run of zeros inside. */
function section(value: number): string {
  let text = '';
  let gap = false;
  for (let place = 3; place >= 0; place -= 1) {
    const digit = Math.floor(value / 10 ** place) % 10;
    if (digit === 0) {
      gap = text !== '';
      continue;
    }
    if (gap) text += '零';
    gap = false;
    text += `${digits[digit]}${places[place]}`;
  }
  return text;
}

function integerInWords(integer: string): string {
  const groups: number[] = [];
  for (let end = integer.length; end > 0; end -= 4) groups.push(Number(integer.slice(Math.max(0, end - 4), end)));
  let text = '';
  let gap = false;
  for (let i = groups.length - 1; i >= 0; i -= 1) {
    const group = groups[i] ?? 0;
    if (group === 0) {
      gap = text !== '';
      continue;
    }
    // One 零 stands for the zeros before, inside and at the end of the group above.
    if (text !== '' && (gap || group < 1000 || (groups[i + 1] ?? 1) % 10 === 0)) text += '零';
    gap = false;
    text += section(group) + (sections[i] ?? '');
  }
  return text;
}

/** Tens of the yuan that a unit counts; undefined when it is not the Chinese currency. */
export function yuanExponent(unit: string): number | undefined {
  const name = unit.trim().toUpperCase();
  if (['CNY', 'RMB', '元', '人民币', '人民币元', '\u00a5', '\uffe5'].includes(name)) return 0;
  if (['万元', '人民币万元', '万元人民币'].includes(name)) return 4;
  return undefined;
}

/**
 * An amount of yuan as Chinese law wants it written beside the figures (大写): `1204.50` gives
 * 人民币壹仟贰佰零肆元伍角整. Undefined for what is no such amount: other units, more than two decimals
 * of a yuan, more than twenty figures.
 */
export function amountInWords(value: string, unit: string): string | undefined {
  const exponent = yuanExponent(unit);
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(value);
  if (exponent === undefined || match === null) return undefined;
  const fraction = (match[3] ?? '').padEnd(exponent, '0');
  const integer = ((match[2] ?? '') + fraction.slice(0, exponent)).replace(/^0+(?=\d)/, '');
  const cents = fraction.slice(exponent).replace(/0+$/, '').padEnd(2, '0');
  if (integer.length > 20 || cents.length > 2) return undefined;

  const yuan = integerInWords(integer);
  const jiao = Number(cents[0]);
  const fen = Number(cents[1]);
  if (yuan === '' && jiao === 0 && fen === 0) return '人民币零元整';
  let text = yuan === '' ? '' : `${yuan}元`;
  if (jiao > 0) text += `${digits[jiao]}角`;
  if (fen > 0) text += `${jiao === 0 && yuan !== '' ? '零' : ''}${digits[fen]}分`;
  else text += '整';
  return `人民币${match[1] === '' ? '' : '负'}${text}`;
}
