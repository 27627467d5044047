// Which browser this is, as far as the advice on its settings goes.

export const browserNames = ['chrome', 'edge', 'firefox', 'safari', 'other'] as const;
export type BrowserName = (typeof browserNames)[number];

interface Brands {
  brands?: { brand: string }[];
}

/** Chromium-based browsers name themselves in `userAgentData`; the others only in the user agent's text. */
export function browserOf(agent: { userAgent: string; userAgentData?: Brands }): BrowserName {
  const brands = (agent.userAgentData?.brands ?? []).map(({ brand }) => brand);
  if (brands.includes('Microsoft Edge') || /\bEdg\//.test(agent.userAgent)) return 'edge';
  if (brands.includes('Google Chrome') || (brands.includes('Chromium') && brands.length <= 2)) return 'chrome';
  if (/\bFirefox\//.test(agent.userAgent)) return 'firefox';
  if (brands.length > 0 || /\b(OPR|QQBrowser|QIHU|360SE|360EE|MetaSr|UBrowser|SLBrowser)\b/.test(agent.userAgent)) return 'other';
  if (/\b(Chrome|HeadlessChrome|Chromium)\//.test(agent.userAgent)) return 'chrome';
  if (/\bSafari\//.test(agent.userAgent)) return 'safari';
  return 'other';
}
