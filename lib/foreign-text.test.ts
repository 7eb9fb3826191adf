import { beforeAll, describe, expect, it } from 'vitest';
import { splitCertificates } from '@/components/providers/provider-values';
import { NOW, REQUEST_ID, SamlScene } from '@/e2e/support/idp/saml-scene';
import { askedBy } from '@/lib/http/call';
import { readForm } from '@/lib/http/form';
import { safeText } from '@/lib/platform/log';
import { resolveClient } from '@/lib/policy/client-address';
import { parseEmail } from '@/lib/policy/email';
import { maskText } from '@/lib/policy/masks';
import { parseAddress, parseNetwork, parseProxyList } from '@/lib/policy/networks';
import { mayAsk } from '@/lib/policy/outgoing-url';
import { isHashable, normalizePassword } from '@/lib/policy/password';
import { parseReturnPath } from '@/lib/policy/return-path';
import { parseDomain } from '@/lib/policy/sso';
import { parseIdpCertificate } from '@/lib/saml/certificates';
import { parseLogoutRequest } from '@/lib/saml/logout';
import { parseIdpMetadata } from '@/lib/saml/metadata';
import { inResponseToOf, parseSamlResponse } from '@/lib/saml/response';

/**
 * F8: whatever reads a text that somebody else wrote takes time in proportion to its length. The attack:
 * half a megabyte of `<!--`, and the instance stands still for 36 seconds. So each reader is given texts of
 * every awkward kind in two sizes, and the longer may take longer only by as much as it is longer.
 */

const SMALL = 64 * 1024;
/** Below the limit of 256 KiB behind which XML is not read at all; the other readers know none. */
const LARGE = 8 * SMALL;
const LARGE_XML = 250 * 1024;

const repeated = (piece: string) => (length: number) =>
  piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
const around = (before: string, piece: string, after: string) => (length: number) =>
  before + repeated(piece)(length - before.length - after.length) + after;

const PIECES = [
  ...['<!--', '-->', '<!', '<?', '<![CDATA[', ']]>', '<', '>', '</', '/>', '<a>', '<a ', '&', '&#'],
  ...[' ', '\t', '\n', '\r', '\r\n', '\0', '\ufeff', '\u0315\u0300', 'a\u0315\u0300', 'ﬃ', '😀'],
  ...['a', 'A', '0', '.', 'a.', '-', '-a', '--', '_', ':', '::', '/', '//', '\\', '"', '""', "'"],
  ...['\\"', '=', '==', 'a=', 'a=b;', 'for=', 'for="', ',', ', ', ';', '@', 'a@', '%', '%2', '%25'],
  ...['?', '#', '[', ']', '(', '1.', '1.2.3.4,', 'gate_', 'gate_aaaaaaaa', 'https://', 'xmlns:a='],
  ...['-----BEGIN CERTIFICATE-----', '-----BEGIN CERTIFICATE-----a-----END '],
];

const MARKUP = 'urn:oasis:names:tc:SAML:2.0:metadata';
const TEXTS: Record<string, (length: number) => string> = {
  ...Object.fromEntries(PIECES.map((piece) => [JSON.stringify(piece), repeated(piece)])),
  'blanks, then a letter': around('', ' ', 'a'),
  'a letter, blanks, a letter': around('a', ' ', 'a'),
  'blanks in a declaration': around('<?xml version="1.0" ', ' ', 'a'),
  'blanks before an end': around(`<a xmlns="${MARKUP}"`, ' ', '>'),
  'an attribute without an end': around(`<a xmlns="${MARKUP}" b="`, 'a', ''),
  'a text': around(`<a xmlns="${MARKUP}">`, 'a', '</a>'),
  'a text of line ends': around(`<a xmlns="${MARKUP}">`, '\n', '</a>'),
  'comments in a text': around(`<a xmlns="${MARKUP}">`, '<!---->', '</a>'),
  'comments without an end': around(`<a xmlns="${MARKUP}">`, '<!--', '</a>'),
  'references in a text': around(`<a xmlns="${MARKUP}">`, '&amp;', '</a>'),
  'references that name nothing': around(`<a xmlns="${MARKUP}">`, '&a;', '</a>'),
  'elements side by side': (length) =>
    `<a xmlns="${MARKUP}">${'<b/>'.repeat(4_000)}${' '.repeat(length - 16_100)}</a>`,
  'a content type': around('application/x-www-form-urlencoded', ' ', 'a'),
};

describe('F8: twice the text takes twice the time', () => {
  let scene: SamlScene;
  beforeAll(async () => {
    scene = await SamlScene.create();
  });
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const proxies = parseProxyList('127.0.0.1');
  if ('error' in proxies) throw new Error(proxies.error);
  const client = (header: string, value: string) =>
    resolveClient(
      { peer: '127.0.0.1', rawHeaders: [header, value] },
      {
        trustedProxies: proxies,
        header,
        isSecure: false,
        privateClients: 'refuse',
        ipv6Prefix: 64,
      },
    );

  const READERS: Record<string, { read: (text: string) => unknown; large?: number }> = {
    'metadata of a provider': { read: parseIdpMetadata, large: LARGE_XML },
    'a SAML response': {
      large: LARGE_XML,
      read: (text) =>
        parseSamlResponse(scene.settings, {
          samlResponse: base64(text),
          expectedRequestId: REQUEST_ID,
          now: NOW,
        }),
    },
    'base64 that is none': {
      read: (text) =>
        parseSamlResponse(scene.settings, {
          samlResponse: text,
          expectedRequestId: REQUEST_ID,
          now: NOW,
        }),
    },
    'the request that a response answers': {
      read: (text) => inResponseToOf(base64(text)),
      large: LARGE_XML,
    },
    'a log-out request by post': {
      large: LARGE_XML,
      read: (text) =>
        parseLogoutRequest(scene.settings, { binding: 'post', samlRequest: base64(text) }, NOW),
    },
    'a log-out request by redirect': {
      read: (query) => parseLogoutRequest(scene.settings, { binding: 'redirect', query }, NOW),
    },
    'a certificate': { read: parseIdpCertificate },
    'certificates that were pasted': { read: splitCertificates },
    'an email address': { read: parseEmail },
    'a domain': { read: parseDomain },
    'a password': { read: (text) => isHashable(normalizePassword(text)) },
    'a return path': { read: (text) => parseReturnPath(`/${text}`, 'https://gate.example.com') },
    'an address that our server asks': { read: (text) => mayAsk(`https://${text}`, []) },
    'an address': { read: parseAddress },
    'a network': { read: parseNetwork },
    'a list of proxies': { read: parseProxyList },
    'X-Forwarded-For': { read: (text) => client('x-forwarded-for', text) },
    Forwarded: { read: (text) => client('forwarded', text) },
    'addresses to mask': { read: (text) => maskText(text, '203.0.113.7/32') },
    'a text for the log': { read: safeText },
    'a form': {
      read: (text) => readForm(askedBy(new Request('https://gate.example.com', form(text)))),
    },
  };
  const form = (body: string): RequestInit => ({
    method: 'POST',
    body,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });

  async function millisecondsOf(read: (text: string) => unknown, text: string): Promise<number> {
    // Of work, not of waiting for a processor that others use too.
    const start = process.cpuUsage();
    await read(text);
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1_000;
  }

  /** How many times as long the longer text takes. Times below a millisecond are the clock's, not the reader's. */
  async function ratioOf(read: (text: string) => unknown, short: string, long: string) {
    const before = await millisecondsOf(read, short);
    return ((await millisecondsOf(read, long)) + 1) / (before + 1);
  }

  it.each(Object.entries(READERS))('%s', async (_, { read, large = LARGE }) => {
    // A quadratic reader takes the square of how much longer the text is.
    const allowed = 3 * (large / SMALL);
    for (const [what, make] of Object.entries(TEXTS)) {
      const [short, long] = [make(SMALL), make(large)];
      await read(short);
      let ratio = await ratioOf(read, short, long);
      // This machine may have been busy with something else; a slow reader is slow each time.
      for (let again = 0; again < 8 && ratio >= allowed; again += 1) {
        ratio = Math.min(ratio, await ratioOf(read, short, long));
      }
      expect(ratio, what).toBeLessThan(allowed);
    }
  });
});
