import { expect, it } from 'vitest';
import { printable } from './printable';

it.each([
  ['Valerie', 'Valerie'],
  ['Zoë 山田 👋', 'Zoë 山田 👋'],
  ['\u001b[2J\u001b[31mroot', '[2J [31mroot'],
  ['Valerie\nOnline as Evil', 'Valerie Online as Evil'],
  ['a\u202Eb\u200Bc', 'a b c'],
  ['a\rb\u009bc\u2028d', 'a b c d'],
  ['   ', ''],
])('prints %j as %j', (text, expected) => {
  expect(printable(text)).toBe(expected);
});

it('cuts what is too long', () => {
  expect(printable('x'.repeat(500), 80)).toHaveLength(80);
});
