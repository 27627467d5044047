// WCAG 2.1 AA: text reaches 4.5 : 1 on every ground that it stands on.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const css = readFileSync(join(import.meta.dirname, 'base.css'), 'utf8');

function colour(name: string): string {
  if (name.startsWith('#')) return name;
  const found = new RegExp(`--${name}: (#[0-9a-f]{6});`).exec(css)?.[1];
  if (found === undefined) throw new Error(`no colour ${name}`);
  return found;
}

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(colour(one)), luminance(colour(other))].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

test.each([
  ['ink', 'paper'], ['ink', 'card'], ['ink-soft', 'paper'], ['ink-soft', 'card'],
  ['teal', 'card'], ['teal', 'paper'], ['teal', 'teal-tint'], ['#ffffff', 'teal'],
  ['good', 'card'], ['good', 'good-tint'], ['#ffffff', 'good'],
  ['warn', 'card'], ['warn', 'warn-tint'], ['ink-soft', 'warn-tint'], ['#ffffff', 'warn'],
  ['bad', 'card'], ['bad', 'bad-tint'], ['ink-soft', 'bad-tint'], ['#ffffff', 'bad'], ['#ffffff', 'seal'],
  ['#5f6a73', 'paper'], ['#67727b', 'card'],
])('%s on %s', (text, ground) => {
  expect(contrast(text, ground)).toBeGreaterThanOrEqual(4.5);
});

test.each([['line-strong', 'card'], ['focus', 'card'], ['focus', 'paper']])('%s is seen on %s', (edge, ground) => {
  expect(contrast(edge, ground)).toBeGreaterThanOrEqual(3);
});
