import { describe, expect, it } from 'vitest';
import { cleanCookies, parseCookies } from './cookies';

const OURS = '__Host-gatehouse.session';

describe('F6: a name is compared as it was sent', () => {
  it.each(['\u00a0', '\u000b', '\u000c', '\ufeff', '\u0085', '\u2028', '\u001f', '\u0000', '"'])(
    'what begins with %j is no cookie, and does not stand in for ours',
    (byte) => {
      for (const planted of [`${byte}${OURS}`, `${OURS}${byte}`]) {
        expect(parseCookies(`${planted}=thief`)).toEqual([]);
        expect(cleanCookies(`${planted}=thief`)).toBeNull();
        expect(cleanCookies(`${planted}=thief; ${OURS}=hers`)).toBe(`${OURS}=hers`);
      }
    },
  );

  it('SP and HTAB are blanks; letters keep their case; nothing is lost or joined', () => {
    expect(parseCookies(` \ta=1 ;b = 2\t; A=3;a=4;;c;=5`)).toEqual([
      { name: 'a', value: '1' },
      { name: 'b', value: '2' },
      { name: 'A', value: '3' },
      { name: 'a', value: '4' },
      { name: 'c', value: '' },
    ]);
    expect(parseCookies('a=b=c; d="x y"')).toEqual([
      { name: 'a', value: 'b=c' },
      { name: 'd', value: '"x y"' },
    ]);
  });
});
