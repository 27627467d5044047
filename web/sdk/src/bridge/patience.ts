const shortestSlice = 250;

/**
 * Calls `act` after so many milliseconds in which the page could have heard an answer; gives the way to
 * call it off. A plain timer fires first when the page's thread was busy (a long list is drawn, the tab
 * was asleep), although the answer has long been waiting behind it: here a stretch in which the page was
 * stuck counts as one slice of time at most.
 */
export function afterResponsive(milliseconds: number, act: () => void): () => void {
  const slice = Math.max(shortestSlice, milliseconds / 10);
  let left = milliseconds;
  let last = performance.now();
  const tick = (): void => {
    const now = performance.now();
    left -= Math.min(now - last, 2 * slice);
    last = now;
    if (left <= 0) act();
    else timer = setTimeout(tick, Math.min(slice, left));
  };
  let timer = setTimeout(tick, Math.min(slice, left));
  return () => clearTimeout(timer);
}
