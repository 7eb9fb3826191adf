import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync(new URL('../../app/globals.css', import.meta.url), 'utf8');

/** The colours of one scheme, by name, as `[red, green, blue]` from 0 to 255. */
function coloursOf(scheme: 'light' | 'dark'): Map<string, number[]> {
  const pairs = css.matchAll(/--([a-z-]+): light-dark\(#([0-9a-f]{6}), #([0-9a-f]{6})\);/g);
  return new Map(
    [...pairs].map(([, name = '', light = '', dark = '']) => {
      const hex = scheme === 'light' ? light : dark;
      return [name, [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16))];
    }),
  );
}

/** WCAG 2.2, relative luminance. */
function luminance(colour: readonly number[]): number {
  const [red = 0, green = 0, blue = 0] = colour.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: readonly number[], other: readonly number[]): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const schemes = { light: coloursOf('light'), dark: coloursOf('dark') };

const grounds = ['canvas', 'surface', 'sunken'];
const text: [string, string][] = [
  ...['ink', 'muted'].flatMap((name) =>
    [...grounds, 'accent-soft'].map((ground): [string, string] => [name, ground]),
  ),
  ...['accent-ink', 'blocked'].flatMap((name) =>
    grounds.map((ground): [string, string] => [name, ground]),
  ),
  ...['trusted', 'soon', 'blocked'].flatMap((name): [string, string][] => [
    [name, `${name}-soft`],
    ['ink', `${name}-soft`],
    ['accent-ink', `${name}-soft`],
  ]),
  ['accent-ink', 'accent-soft'],
  ['on-accent', 'accent'],
  ['on-accent', 'accent-hover'],
  ['on-danger', 'danger'],
  ['on-danger', 'danger-hover'],
  ['canvas', 'ink'],
];
const edges: [string, string][] = [
  ...['control', 'accent', 'focus'].flatMap((name) =>
    grounds.map((ground): [string, string] => [name, ground]),
  ),
  ['surface', 'accent'],
];

describe.each(Object.entries(schemes))('colours, %s', (_scheme, colours) => {
  const between = (one: string, other: string) => {
    const [first, second] = [colours.get(one), colours.get(other)];
    if (!first || !second) throw new Error(`no colour ${first ? other : one} in globals.css`);
    return contrast(first, second);
  };

  it('are all there', () => {
    // The overlay is see-through: no text stands on it.
    const named = [...css.matchAll(/--color-([a-z-]+): var\(--\1\)/g)].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(20);
    expect([...colours.keys(), 'overlay'].sort()).toEqual(named.sort());
  });

  it.each(text)('%s on %s can be read: 4.5 to 1', (one, other) => {
    expect(between(one, other)).toBeGreaterThanOrEqual(4.5);
  });

  it.each(edges)('%s on %s can be made out: 3 to 1', (one, other) => {
    expect(between(one, other)).toBeGreaterThanOrEqual(3);
  });
});

it('the measure agrees with known values', () => {
  expect(contrast([0, 0, 0], [255, 255, 255])).toBeCloseTo(21, 5);
  expect(contrast([0x76, 0x76, 0x76], [255, 255, 255])).toBeCloseTo(4.54, 2);
});
