import { once } from 'node:events';
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { beforeAll, expect, it } from 'vitest';
import { requestPath } from '@/lib/contract/call-path';
import { sharedServer, type TestUser } from '../support/harness';

// The attack: a request that two readers take for different ones. What each odd one is answered stands in
// odd-requests.txt to the byte, so that whoever changes who reads them sees what else has changed.

const server = sharedServer();
let alice: TestUser;
let teamId: string;

beforeAll(async () => {
  teamId = await server.addTeam();
  alice = await server.addUser({ teamId, role: 'owner' });
});

type Odd = {
  /** Method, target and version; `HTTP/1.1` where none stands. */
  line: string;
  head?: string[];
  body?: string | Buffer;
  /** Whether alice asks; default: nobody. */
  isAlice?: boolean;
  /** In place of `Connection: close`. */
  connection?: string[];
  /** Whether our end is closed behind what was sent. */
  isCut?: boolean;
};

const odd: Odd[] = [];
const add = (line: string, more: Omit<Odd, 'line'> = {}) => odd.push({ line, ...more });
const json = ['Content-Type: application/json'];
const ofLength = (body: string | Buffer) => `Content-Length: ${Buffer.byteLength(body)}`;
const addPost = (target: string, body: string | Buffer, head = json, more: Partial<Odd> = {}) =>
  add(`POST ${target}`, { head: [...head, ofLength(body)], body, ...more });

const ME = requestPath('GET /me', {});
const LIVE = requestPath('GET /api/health/live', {});
const COMPUTERS = requestPath('GET /computers', {});
const LOG_IN = requestPath('POST /sessions', {});
const connectionAt = (id: string) => `/api/v1/connections/${id}`;

for (const target of [
  '/api',
  '/api/',
  '/api/v1',
  '/api/v1/',
  '/api/v1/nothing',
  '/api/v2/me',
  '/api/v1/me/',
  '/api/v1/ME',
  '/api/v1/m%65',
  '/api/v1/me;a=1',
  '/api/v1/me.json',
  '/api/v1//me',
  '/api/v1/./me',
  '/api/v1/%2e%2e/v1/me',
  '/api/v1%2Fme',
  '/api/v1/[id]',
  '/api/health',
  '/api/health/live/',
  '/api/health/ready?x',
  '/api/auth/nothing',
  '/_next/data/x/api/v1/me.json',
]) {
  add(`GET ${target}`);
}
for (const id of [
  'a',
  '%41',
  'a%2Fb',
  'a%5Cb',
  '%2e%2e',
  '...',
  '%2541',
  '%20',
  '%E2%82%AC',
  '%FF',
  '%',
  'a+b',
  'a;b=c',
  '[id]',
  '%5Bid%5D',
  '{id}',
  '%7Bid%7D',
  'x'.repeat(200),
  'x'.repeat(201),
]) {
  add(`GET ${connectionAt(id)}`, { isAlice: true });
}
for (const query of [
  '?',
  '?a=1',
  '?a=1&a=2',
  '?limit=1&limit=2',
  '?limit=x',
  '?limit=%ff',
  '?%',
  '??',
  '?_rsc=1',
  '?cursor=%00',
  '?a=b#c',
]) {
  add(`GET ${COMPUTERS}${query}`, { isAlice: true });
}
for (const method of ['HEAD', 'OPTIONS', 'PUT', 'PATCH', 'DELETE', 'POST', 'get', 'QUERY']) {
  add(`${method} ${ME}`, { isAlice: true });
}
for (const target of [ME, LIVE, LOG_IN, '/api/v1/nothing']) add(`HEAD ${target}`);
add(`GET ${ME}`, { isAlice: true });
add(`GET ${ME}`);
for (const line of [
  'RSC: 1',
  'Next-Router-Prefetch: 1',
  'x-middleware-subrequest: middleware',
  'X-HTTP-Method-Override: DELETE',
  'If-None-Match: *',
  'If-Modified-Since: Thu, 26 Nov 2099 00:00:00 GMT',
  'Range: bytes=0-1',
  'Accept: text/html',
  'Accept-Encoding: gzip',
  'Accept-Encoding: br',
  'Origin: https://evil.test',
  'Upgrade: h2c',
  'Cookie: gatehouse.session=x',
  'Authorization: Basic eDp5',
  'TE: trailers',
]) {
  add(`GET ${ME}`, { isAlice: !line.startsWith('Authorization'), head: [line] });
}
for (const coding of ['gzip', 'gzip;q=0', 'br', 'br, *;q=0.1']) {
  add(`GET ${requestPath('GET /openapi.json', {})}`, { head: [`Accept-Encoding: ${coding}`] });
}
add(`GET ${ME}`, { isAlice: true, head: [...json, ofLength('{}')], body: '{}' });
add(`GET ${ME} HTTP/1.0`, { isAlice: true });
add(`GET ${ME} HTTP/1.0`, { isAlice: true, connection: ['Connection: keep-alive'], isCut: true });
add(`GET ${LIVE} HTTP/1.0`);
add(`GET ${requestPath('GET /ws', {})}`);

for (const [body, head] of [
  ['', json],
  ['', []],
  ['{}', []],
  ['{}', ['Content-Type: text/plain']],
  ['{}', ['Content-Type: application/json; charset=utf-8']],
  ['{}', ['Content-Type: application/json; charset=latin1']],
  ['{}', ['Content-Type: application/json, text/plain']],
  ['{}', ['Content-Type: application/json', 'Content-Type: text/plain']],
  ['{', json],
  ['null', json],
  ['[]', json],
  ['"x"', json],
  ['\ufeff{}', json],
  [Buffer.from([0x22, 0xff, 0x22]), json],
  ['{"email":1,"email":"a@example.com","password":"x"}', json],
  ['{"__proto__":{"email":"a@example.com"}}', json],
] as [string | Buffer, string[]][]) {
  addPost(LOG_IN, body, head);
}
const chunked = [...json, 'Transfer-Encoding: chunked'];
add(`POST ${LOG_IN}`, { head: chunked, body: '0\r\n\r\n' });
add(`POST ${LOG_IN}`, { head: chunked, body: '2;x=y\r\n{}\r\n0\r\nX: y\r\n\r\n' });
add(`POST ${LOG_IN}`, { head: [...json, 'Content-Length: 65537'], body: '{' });
add(`POST ${LOG_IN}`, { head: [...json, 'Content-Length: 10'], body: '{}', isCut: true });
add(`POST ${LOG_IN}`, { head: chunked, body: '2\r\n{}\r\n', isCut: true });
add(`POST ${LOG_IN}`, { head: chunked, body: `10001\r\n${' '.repeat(65_537)}\r\n0\r\n\r\n` });
addPost(LOG_IN, '{}', [...json, 'Expect: 100-continue']);
addPost(LOG_IN, '{}', [...json, 'Expect: nothing']);
addPost(LOG_IN, '{}', [...json, 'Content-Encoding: gzip']);
addPost(LOG_IN, '{}', [...json, 'Next-Action: x']);
addPost('/api/v1/friends', '{}', json, { isAlice: true });
addPost('/api/v1/friends', '{', json, { isAlice: true });
addPost('/api/v1/friends?a=1', '{"email":"nobody@example.com"}', json);
addPost('/api/v1/friends', '{}', [...json, 'Cookie: gatehouse.session=x']);

const form = ['Content-Type: application/x-www-form-urlencoded'];
const sso = (name: string) => `/api/v1/sso-connections/none/${name}`;
add(`GET ${sso('saml/metadata')}`);
add(`HEAD ${sso('saml/metadata')}`);
add(`GET ${sso('saml/request')}`);
add(`GET ${sso('saml/slo')}?SAMLRequest=x&SAMLRequest=y`);
addPost(sso('saml/slo'), 'SAMLRequest=x', form);
addPost(sso('saml/slo'), '{}');
addPost(sso('saml/acs'), 'SAMLResponse=x&SAMLResponse=y', form);
addPost(sso('saml/acs'), 'SAMLResponse=%ff', form);
addPost(sso('back-channel-log-out'), 'logout_token=x', form);
addPost(sso('back-channel-log-out'), '{}');

function written({ line, head = [], body = '', isAlice = false, connection }: Odd): Buffer {
  const first = / HTTP\/1\.\d$/.test(line) ? line : `${line} HTTP/1.1`;
  const lines = [
    first,
    `Host: localhost:${server.port}`,
    ...(isAlice ? [`Authorization: Bearer ${alice.token}`, 'X-Forwarded-For: 1.2.3.4'] : []),
    ...(connection ?? ['Connection: close']),
    ...head,
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), Buffer.from(body)]);
}

/** What came back until the server closed the connection. */
async function exchange({ isCut = false, ...request }: Odd): Promise<Buffer> {
  const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => undefined);
  socket.once('end', () => socket.destroy());
  if (isCut) socket.end(written(request));
  else socket.write(written(request));
  await once(socket, 'close');
  return Buffer.concat(chunks);
}

/** An answer as text: its lines in one order, and without what differs from run to run. */
function shown(answers: Buffer): string {
  const received = answers.subarray(answers.lastIndexOf('HTTP/1.1 '));
  const end = received.indexOf('\r\n\r\n');
  const [first = '', ...lines] = received.subarray(0, end).toString('latin1').split('\r\n');
  // Other tests look at what is answered to whoever may ask.
  const isOther = / 200 /.test(first);
  const headers = lines
    .map((line) => line.replace(/^[^:]+/, (name) => name.toLowerCase()))
    .filter((line) => !SAME_FOR_ALL.test(line) && !(isOther && /^content-length/.test(line)))
    .sort();
  const isChunked = headers.includes('transfer-encoding: chunked');
  const rest = received.subarray(end + 4);
  const body = isChunked ? joined(rest) : rest;
  const text = headers.includes('content-encoding: gzip') ? gunzipSync(body) : body;
  return [first, ...headers, '', isOther ? '<as its row says>' : `${text}`]
    .join('\n')
    .replaceAll(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '<id>')
    .replaceAll(`:${server.port}`, ':<port>')
    .replaceAll(alice.email, '<email>')
    .replaceAll(alice.name, '<name>')
    .replaceAll(/\b(usr|team|ses|cmp)_[0-9a-f]{32}/g, '$1_<id>')
    .replaceAll(/\d{4}-\d\d-\d\dT[0-9:.]+Z/g, '<time>');
}

/** What the door adds to each answer; its own tests look at it. */
const SAME_FOR_ALL =
  /^(?:content-security-policy: default-src 'none'; frame-ancestors|cross-origin-|date|permissions-policy|referrer-policy: same-origin|x-content-type|x-frame|x-request-id)/;

function joined(chunked: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let rest = chunked; ; ) {
    const lineEnd = rest.indexOf('\r\n');
    const length = Number.parseInt(rest.subarray(0, lineEnd).toString('latin1'), 16);
    if (!(length > 0)) return Buffer.concat(parts);
    parts.push(rest.subarray(lineEnd + 2, lineEnd + 2 + length));
    rest = rest.subarray(lineEnd + 2 + length + 2);
  }
}

it('each odd request is answered as it was', async () => {
  const answers: string[] = [];
  for (const request of odd) {
    const sent = `${written(request)}`
      .replaceAll('\r', '')
      .replaceAll(`${server.port}`, '<port>')
      .replace(alice.token, '<token>')
      .replace(/(.)\1{100,}/g, (run, one) => `${one}{${run.length}}`);
    answers.push(`> ${sent.trimEnd().replaceAll('\n', '\n> ')}\n${shown(await exchange(request))}`);
  }
  await expect(`${answers.join('\n\n')}\n`).toMatchFileSnapshot('odd-requests.txt');
}, 120_000);
