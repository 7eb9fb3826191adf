import { describe, expect, it } from 'vitest';
import { hasUnseen, trimUnseen, withoutUnseen } from './visible-text';

describe('F21: a name holds nothing that nobody sees', () => {
  it.each([
    ['right-to-left override', '\u202e'],
    ['left-to-right embedding', '\u202a'],
    ['an isolate', '\u2066'],
    ['the end of one', '\u2069'],
    ['a right-to-left mark', '\u200f'],
    ['an Arabic letter mark', '\u061c'],
    ['a zero-width space', '\u200b'],
    ['a joiner that joins nothing', '\u200d'],
    ['a non-joiner between Latin letters', '\u200c'],
    ['a word joiner', '\u2060'],
    ['a byte order mark', '\ufeff'],
    ['a soft hyphen', '\u00ad'],
    ['a combining grapheme joiner', '\u034f'],
    ['a Hangul filler', '\u3164'],
    ['a half-width Hangul filler', '\uffa0'],
    ['a blank of Braille', '\u2800'],
    ['a tag', '\u{e0041}'],
    ['a variation selector', '\ufe0f'],
    ['a line separator', '\u2028'],
    ['a Mongolian vowel separator', '\u180e'],
  ])('%s is found, and passed over at the ends', (_what, mark) => {
    expect(hasUnseen(`Ol${mark}ga`)).toBe(true);
    expect(withoutUnseen(`Ol${mark}ga`)).toBe('Olga');
    expect(trimUnseen(`${mark} ${mark}Olga Owner${mark}\n`)).toBe('Olga Owner');
    expect(trimUnseen(`${mark}${mark}`)).toBe('');
  });

  it.each([
    'Olga Owner',
    'O’Brien',
    '東京',
    'Αθηνά Ж',
    'عليرضا',
    'علی‌رضا',
    'क्‍ष',
    'Zoë',
    'e\u0301',
    '👩‍💻 lab',
    '❤️',
    '👍🏽',
    '🏴‍☠️',
    '1️⃣',
    'a - b_c (d) #4',
    '',
  ])('%j is left as it is', (text) => {
    expect(hasUnseen(text)).toBe(false);
    expect(withoutUnseen(text)).toBe(text);
    expect(trimUnseen(text)).toBe(text);
  });

  it('what a word needs is no cover for what it does not', () => {
    expect(hasUnseen('علی‌رضا\u202e')).toBe(true);
    expect(hasUnseen('👩‍💻\u200b')).toBe(true);
    expect(hasUnseen('علی\u200c\u200cرضا')).toBe(true);
    expect(withoutUnseen('a\u200bعلی‌رضا\u202e👩‍💻')).toBe('aعلی‌رضا👩‍💻');
  });
});
