/** What a screen reader or a keyboard could not use; runs in the page. */
export function faults(): string[] {
  const found: string[] = [];
  const nameOf = (element: Element): string => {
    const by = element.getAttribute('aria-labelledby');
    const labels = (element as HTMLInputElement).labels;
    return [
      element.getAttribute('aria-label') ?? '',
      by === null ? '' : (document.getElementById(by)?.textContent ?? ''),
      ...[...(labels ?? [])].map((label) => label.textContent ?? ''),
      element.tagName === 'BUTTON' || element.tagName === 'A' || element.tagName === 'SUMMARY' ? (element.textContent ?? '') : '',
    ].join('').trim();
  };
  for (const element of document.querySelectorAll('button, a, input, select, textarea, summary, [role="progressbar"]')) {
    if (nameOf(element) === '') found.push(`no name: ${element.outerHTML.slice(0, 120)}`);
  }
  const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
  for (const id of new Set(ids.filter((each, i) => ids.indexOf(each) !== i))) found.push(`id twice: ${id}`);
  for (const picture of document.querySelectorAll('img:not([alt]), svg:not([aria-hidden])')) found.push(`no text: ${picture.tagName}`);
  if (document.querySelectorAll('h1').length !== 1) found.push('not one h1');
  const wide = document.documentElement.scrollWidth - innerWidth;
  if (wide > 0) found.push(`${wide} px too wide`);
  return found;
}
