import { describe, expect, it } from 'vitest';
import { toAsciiDomain } from './domain-name';
import { parseClaimedEmail, parseEmail } from './email';
import { parseDomain } from './sso';

describe('P15: a domain is taken as people write it, and is one spelling', () => {
  it.each([
    ['in Unicode', 'müller.example', 'xn--mller-kva.example'],
    ['in Unicode, decomposed', 'mu\u0308ller.example', 'xn--mller-kva.example'],
    ['in Unicode and capitals', 'MÜLLER.Example', 'xn--mller-kva.example'],
    ['of another script', '東京.example', 'xn--1lqs71d.example'],
    ['with the dots of its script', '東京。example', 'xn--1lqs71d.example'],
    ['as the name service has it', 'xn--mller-kva.example', 'xn--mller-kva.example'],
    ['with the dot of the root', 'example.com.', 'example.com'],
    ['in Unicode with the dot of the root', 'müller.example.', 'xn--mller-kva.example'],
    ['with what nobody sees round it', '\u200bexample.com\ufeff ', 'example.com'],
    ['with a letter that looks like another', 'ex\u0430mple.com', 'xn--exmple-4nf.com'],
  ])('%s', (_what, text, domain) => {
    expect(toAsciiDomain(text)).toBe(domain);
    expect(parseDomain(text)).toBe(domain);
    expect(parseEmail(`valerie@${text}`)).toBe(`valerie@${domain}`);
  });

  it.each([
    ['two dots at its end', 'example.com..'],
    ['what nobody sees inside', 'exa\u200bmple.com'],
    ['a path', 'müller.example/x'],
    ['a port', 'müller.example:80'],
    ['a user', 'x@müller.example'],
    ['a question', 'müller.example?x'],
    ['an address in other digits', '１２７.０.０.１'],
    ['no dot', 'müller'],
    ['a label that is none', 'xn--a.müller.example'],
    ['a blank', 'mü ller.example'],
    ['a dot alone', '.'],
    ['nothing', ''],
  ])('%s makes it none', (_what, text) => {
    expect(parseDomain(text)).toBeNull();
  });

  it('a name before the @ is ASCII as ever', () => {
    expect(parseEmail('müller@example.com')).toBeNull();
    expect(parseEmail('\u0430lice@müller.example')).toBeNull();
  });

  it('of what a provider claims nothing is guessed', () => {
    for (const text of ['valerie@müller.example', 'valerie@example.com.']) {
      expect(parseClaimedEmail(text)).toBeNull();
    }
  });
});
