import { expect, it } from 'vitest';
import { clamp, marksOn, sealPlaces, sliceOf, type Place } from './places';

const a4 = { widthMm: 210, heightMm: 297 };
const seal = { widthMm: 42, heightMm: 40 };
const place = (kind: Place['kind'], page = 0, leftMm = 10, topMm = 20): Place => ({ id: 1, kind, page, leftMm, topMm });

it('a seal stays on the page, and on the smallest of all pages', () => {
  expect(clamp([a4], seal, -3, 400)).toEqual({ leftMm: 0, topMm: 257 });
  expect(clamp([a4], seal, 12.345, 20)).toEqual({ leftMm: 12.3, topMm: 20 });
  expect(clamp([a4, { widthMm: 148.53, heightMm: 210 }], seal, 200, 200)).toEqual({ leftMm: 106.5, topMm: 170 });
  expect(clamp([{ widthMm: 30, heightMm: 30 }], seal, 5, 5)).toEqual({ leftMm: 0, topMm: 0 });
});

it('slices of a cross-page seal are those of the core', () => {
  expect([0, 1, 2].map((page) => sliceOf(page, 3))).toEqual([
    { begin: 0, width: 1 / 3 },
    { begin: 1 / 3, width: 1 / 3 },
    { begin: 2 / 3, width: 1 / 3 },
  ]);
  // 41 pages: three seals over 13, 14 and 14 pages.
  expect(sliceOf(12, 41)).toEqual({ begin: 12 / 13, width: 1 / 13 });
  expect(sliceOf(13, 41)).toEqual({ begin: 0, width: 1 / 14 });
  expect(sliceOf(40, 41)).toEqual({ begin: 13 / 14, width: 1 / 14 });
});

it('marks of a page', () => {
  const pages = [a4, a4];
  const places = [place('page', 1), place('all'), place('cross-page', 0, 0, 100)];
  expect(marksOn(0, pages, places, seal).map((mark) => mark.place.kind)).toEqual(['all', 'cross-page']);
  expect(marksOn(1, pages, places, seal).map((mark) => mark.place.kind)).toEqual(['page', 'all', 'cross-page']);
  expect(marksOn(1, pages, places, seal)[2]).toMatchObject({ leftMm: 189, topMm: 100, widthMm: 21, sliceBegin: 0.5, slice: 0.5 });
  expect(marksOn(2, pages, places, seal)).toEqual([]);
});

it('places for the SDK', () => {
  expect(sealPlaces([place('page', 1), place('all'), place('cross-page', 0, 0, 100)], [a4, a4], seal)).toEqual([
    { kind: 'page', page: 1, leftMm: 10, topMm: 20 },
    { kind: 'page', page: 0, leftMm: 10, topMm: 20 },
    { kind: 'page', page: 1, leftMm: 10, topMm: 20 },
    { kind: 'cross-page', first: 0, count: 2, middleMm: 120, pagesPerSeal: 20 },
  ]);
});
