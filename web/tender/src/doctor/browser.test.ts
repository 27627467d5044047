import { describe, expect, it } from 'vitest';
import { browserOf } from './browser';

const chromium = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36';
const brands = (...names: string[]) => ({ brands: names.map((brand) => ({ brand })) });

describe('which browser it is', () => {
  it.each([
    ['chrome', chromium, brands('Google Chrome', 'Chromium', 'Not)A;Brand')],
    ['chrome', chromium, brands('Chromium', 'Not)A;Brand')],
    ['chrome', chromium, undefined], // over http there are no brands
    ['edge', `${chromium} Edg/150.0.0.0`, brands('Microsoft Edge', 'Chromium', 'Not)A;Brand')],
    ['edge', `${chromium} Edg/150.0.0.0`, undefined],
    ['firefox', 'Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0', undefined],
    ['safari', 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15', undefined],
    ['other', chromium, brands('Opera', 'Chromium', 'Not)A;Brand')],
    ['other', `${chromium} QQBrowser/13.0`, undefined],
    ['other', 'something else', undefined],
  ] as const)('%s: %s', (name, userAgent, userAgentData) => {
    expect(browserOf({ userAgent, ...(userAgentData && { userAgentData }) })).toBe(name);
  });
});
