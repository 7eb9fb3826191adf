import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { keptText } from './kept-file';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'gatehouse-kept-'));
  file = path.join(directory, 'secret');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

it('is made once, closed to others, and nothing stays beside it', () => {
  expect(keptText(file, () => 'first')).toEqual({ text: 'first', isNew: true });
  expect(keptText(file, () => 'second')).toEqual({ text: 'first', isNew: false });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(directory)).toEqual(['secret']);
});

it.each(['', '\n', '\0\0\0\0'])('P5: an empty one (%j) is a missing one', (empty) => {
  writeFileSync(file, empty, { mode: 0o644 });
  expect(keptText(file, () => 'made')).toEqual({ text: 'made', isNew: true });
  expect(readFileSync(file, 'utf8')).toBe('made\n');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(directory)).toEqual(['secret']);
});

it('P5: it has its name only when it is whole', () => {
  const make = () => {
    expect(existsSync(file)).toBe(false);
    throw new Error('the disk is full');
  };
  expect(() => keptText(file, make)).toThrow('full');
  expect(readdirSync(directory)).toEqual([]);
});

it('P5: of two that make it at once both get the same', () => {
  const outer = keptText(file, () => {
    expect(keptText(file, () => 'inner')).toEqual({ text: 'inner', isNew: true });
    return 'outer';
  });
  expect(outer).toEqual({ text: 'inner', isNew: false });
});

it('P5: what another has written over the empty one meanwhile stays', () => {
  writeFileSync(file, '');
  const outer = keptText(file, () => {
    keptText(file, () => 'inner');
    return 'outer';
  });
  expect(outer).toEqual({ text: 'inner', isNew: false });
});
