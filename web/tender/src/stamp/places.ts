import type { PageSize, SealPlace } from '@bidseal/sdk';

/** A seal as the user puts it: on one page, on all pages at the same spot, or over the edges of all pages. */
export interface Place {
  id: number;
  kind: 'page' | 'all' | 'cross-page';
  /** From 0; of `page` only. */
  page: number;
  leftMm: number;
  topMm: number;
}

export interface Size {
  widthMm: number;
  heightMm: number;
}

/** What is to be drawn on a page: the whole picture or a slice of it. */
export interface Mark {
  place: Place;
  leftMm: number;
  topMm: number;
  widthMm: number;
  heightMm: number;
  /** Of the picture's width: where the slice begins, and how much it is. */
  sliceBegin: number;
  slice: number;
}

const pagesPerSeal = 20;

/** The spot nearest to the wanted one where the whole seal lies on every page of `pages`. */
export function clamp(pages: readonly PageSize[], seal: Size, leftMm: number, topMm: number): { leftMm: number; topMm: number } {
  const room = (edges: number[], size: number): number => Math.max(0, Math.min(...edges) - size);
  const within = (value: number, most: number): number => Math.round(Math.min(Math.max(0, value), most) * 10) / 10;
  return {
    leftMm: within(leftMm, Math.floor(room(pages.map((each) => each.widthMm), seal.widthMm) * 10) / 10),
    topMm: within(topMm, Math.floor(room(pages.map((each) => each.heightMm), seal.heightMm) * 10) / 10),
  };
}

/** The pages that a place concerns. */
export function pagesOf(place: Place, pages: readonly PageSize[]): readonly PageSize[] {
  return place.kind === 'page' ? pages.slice(place.page, place.page + 1) : pages;
}

/** Which slice a page of a cross-page seal shows: as the core divides them. */
export function sliceOf(page: number, count: number): { begin: number; width: number } {
  const groups = Math.min(Math.ceil(count / pagesPerSeal), Math.floor(count / 2));
  for (let group = 0; group < groups; group += 1) {
    const first = Math.floor((count * group) / groups);
    const end = Math.floor((count * (group + 1)) / groups);
    if (page >= first && page < end) return { begin: (page - first) / (end - first), width: 1 / (end - first) };
  }
  return { begin: 0, width: 0 };
}

/** What is seen on a page. */
export function marksOn(page: number, pages: readonly PageSize[], places: readonly Place[], seal: Size): Mark[] {
  const size = pages[page];
  if (size === undefined) return [];
  return places
    .filter((place) => place.kind !== 'page' || place.page === page)
    .map((place) => {
      const whole = { place, leftMm: place.leftMm, topMm: place.topMm, ...seal, sliceBegin: 0, slice: 1 };
      if (place.kind !== 'cross-page') return whole;
      const { begin, width } = sliceOf(page, pages.length);
      const widthMm = seal.widthMm * width;
      return { ...whole, leftMm: size.widthMm - widthMm, widthMm, sliceBegin: begin, slice: width };
    });
}

/** The same as the SDK wants it. */
export function sealPlaces(places: readonly Place[], pages: readonly PageSize[], seal: Size): SealPlace[] {
  return places.flatMap((place): SealPlace[] => {
    const { leftMm, topMm } = place;
    switch (place.kind) {
      case 'page':
        return [{ kind: 'page', page: place.page, leftMm, topMm }];
      case 'all':
        return pages.map((_, page) => ({ kind: 'page', page, leftMm, topMm }));
      case 'cross-page':
        return [{ kind: 'cross-page', first: 0, count: pages.length, middleMm: topMm + seal.heightMm / 2, pagesPerSeal }];
    }
  });
}
