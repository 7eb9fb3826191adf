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
    expect(parseCookies(' \t ;  =  ; e= \t ')).toEqual([{ name: 'e', value: '' }]);
  });
});

describe('what goes further in', () => {
  it.each([
    '__prerender_bypass=x',
    '__next_preview_data=x',
    'next-instant-navigation-testing=1',
    'NEXT_LOCALE=de',
    'Gatehouse.session=x',
    '__host-gatehouse.session=x',
    '__Host-__Host-gatehouse.session=x',
    'xgatehouse.session=x',
    'theirs=1',
    'next-auth.session-token=x',
  ])('%s does not', (cookie) => {
    expect(cleanCookies(cookie)).toBeNull();
    expect(cleanCookies(`${cookie}; ${OURS}=hers`)).toBe(`${OURS}=hers`);
  });

  it('all of ours do, also twice, and what is named like them: who reads them counts them', () => {
    const cookies = `${OURS}=1; ${OURS}=2; ${OURS}.1=3; gatehouse.sso=4; gatehouse.csrf=5; __Host-gatehouse.state=6`;
    expect(cleanCookies(cookies)).toBe(cookies);
  });
});
