import { describe, expect, it } from 'vitest';
import { CSV_MARK, csvRecord } from './csv';

describe('a CSV record', () => {
  it.each([
    [['a', 'b'], 'a,b'],
    [['', null], ','],
    [['a,b', 'say "so"', 'two\nlines', 'and\r'], '"a,b","say ""so""","two\nlines","and\r"'],
    [[0, 12, true], '0,12,true'],
    [['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\0x'], `'=1+1,'+1,'-1,'@SUM(A1),'\tx,'\0x`],
    [['\rx', '=HYPERLINK("http://x","y")'], `"'\rx","'=HYPERLINK(""http://x"",""y"")"`],
    [[' =1', 'a=1', '１'], ' =1,a=1,１'],
    [['＝1', '＋1', '－1', '＠1'], "'＝1,'＋1,'－1,'＠1"],
  ])('%j is %j', (cells, line) => {
    expect(csvRecord(cells)).toBe(`${line}\r\n`);
  });

  it('is of a file that spreadsheets know as UTF-8', () => {
    expect(new TextEncoder().encode(CSV_MARK)).toEqual(new Uint8Array([0xef, 0xbb, 0xbf]));
  });
});
