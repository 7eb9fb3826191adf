import { describe, expect, it } from 'vitest';
import { parseReturnPath } from './return-path';

const origin = 'https://app.example';

describe('parseReturnPath', () => {
  it.each([
    ['LOG-30', 'https://evil.test'],
    ['LOG-31', '//evil.test'],
    ['LOG-32', '/\\evil.test'],
    ['LOG-33 a tab', '/\t/evil.test'],
    ['LOG-33 an encoded tab', '/%09/evil.test'],
    ['LOG-34', '///evil.test'],
    ['LOG-34', 'https:/\\evil.test'],
    ['LOG-36', 'https://app.example@evil.test'],
    ['LOG-37', 'javascript:alert(1)'],
    ['LOG-37', 'data:text/html,x'],
    ['LOG-39', '%'],
    ['LOG-39', '/%'],
    ['LOG-39', 'http://['],
    ['LOG-39', 'a'.repeat(100_000)],
    ['LOG-39 empty', ''],
    ['LOG-40', '/ok\r\nSet-Cookie: a=b'],
    ['LOG-40 encoded', '/ok%0d%0aSet-Cookie:%20a=b'],
    ['LOG-41', 'http://app.example/'],
    ['climbing to two slashes', '/x/..//evil.test'],
    ['nothing', null],
  ])('%s %j leads to the front page', (_row, text) => {
    expect(parseReturnPath(text, origin)).toBe('/');
  });

  it('LOG-38 encoded slashes stay on our own origin', () => {
    expect(new URL(parseReturnPath('/%2f%2fevil.test', origin), origin).origin).toBe(origin);
  });

  it('a path of ours is kept whole', () => {
    expect(parseReturnPath('/teams/t1/activity?type=gate.refused#x', origin)).toBe(
      '/teams/t1/activity?type=gate.refused#x',
    );
  });
});
