import { beforeAll, describe, expect, it } from 'vitest';
import { MAX_BODY_BYTES } from '@/lib/http/door';
import { sharedServer, type TestUser, THIEF } from '../support/harness';
import { askRaw, sendRaw } from '../support/raw-socket';
import { REFUSALS } from './refusals';

// The attack: bytes that two readers take for different requests, for another host, or for too much.

const server = sharedServer();
let alice: TestUser;
let teamId: string;
let computerId: string;

beforeAll(async () => {
  teamId = await server.addTeam();
  alice = await server.addUser({ teamId, role: 'owner' });
  computerId = await server.addComputer(teamId);
});

const host = () => `Host: localhost:${server.port}\r\n`;
const bearer = (user: TestUser) => `Authorization: Bearer ${user.token}\r\n`;
const get = (target: string, head = '') =>
  askRaw(server.port, `GET ${target} HTTP/1.1\r\n${host()}Connection: close\r\n${head}\r\n`);

const posts = Object.entries(REFUSALS).flatMap(([name, row]) => {
  const target = row.path.replace(/\{\w+\}/g, 'none');
  return name.startsWith('POST ') ? [{ ...row, name, target }] : [];
});

describe('one reading of every message', () => {
  /** A request hidden in what one reader takes for a body and another for the next request. */
  const hidden = () =>
    `DELETE /api/v1/sessions/current HTTP/1.1\r\n${host()}${bearer(alice)}Connection: close\r\n\r\n`;
  const post = (head: string) =>
    `POST /api/v1/sessions HTTP/1.1\r\n${host()}Content-Type: application/json\r\n${head}`;

  it.each(
    Object.entries<() => string | Buffer>({
      'Transfer-Encoding with Content-Length': () =>
        `${post('Transfer-Encoding: chunked\r\nContent-Length: 4\r\n')}\r\n0\r\n\r\n${hidden()}`,
      'two Content-Lengths': () =>
        `${post('Content-Length: 0\r\nContent-Length: 2\r\n')}\r\n${hidden()}`,
      'Transfer-Encoding: xchunked': () =>
        `${post('Transfer-Encoding: xchunked\r\n')}\r\n0\r\n\r\n${hidden()}`,
      'a space before the colon': () => `${post('Content-Length : 0\r\n')}\r\n${hidden()}`,
      'a bare CR': () => `${post('A: 1\rContent-Length: 0\r\n')}\r\n${hidden()}`,
      'a bare LF': () => `GET /api/v1/me HTTP/1.1\n${host().trimEnd()}\n\n${hidden()}`,
      'a folded line': () => `${post('A: 1\r\n Content-Length: 0\r\n')}\r\n${hidden()}`,
      'a NUL': () => `${post('A: \0\r\n')}\r\n${hidden()}`,
      'no Host': () => `GET /api/v1/me HTTP/1.1\r\n${bearer(alice)}\r\n${hidden()}`,
      'a PROXY v1 line': () => `PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n${hidden()}`,
      'a PROXY v2 header': () =>
        Buffer.concat([
          Buffer.from('0d0a0d0a000d0a515549540a20110000', 'hex'),
          Buffer.from(hidden()),
        ]),
      'the HTTP/2 preface': () => `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${hidden()}`,
    }),
  )('NXT-15 %s is 400, and what follows is never read', async (_what, bytes) => {
    const { status, headers, json } = await askRaw(server.port, bytes());
    expect(status).toBe(400);
    expect(headers.connection).toBe('close');
    expect(json.code).toBe('invalid_request');
    expect((await server.get('/me', { token: alice.token })).status).toBe(200);
  });

  it.each([
    'TRACE / HTTP/1.1',
    'CONNECT evil.test:443 HTTP/1.1',
    'FOO / HTTP/1.1',
    'TRACE /api/v1/me HTTP/1.1',
  ])('NXT-16 %s is 405', async (line) => {
    const { status, headers, json } = await askRaw(server.port, `${line}\r\n${host()}\r\n`);
    expect(status).toBe(405);
    expect(headers.allow).toContain('GET');
    expect(json.code).toBe('method_not_allowed');
  });

  it.each([
    'http://evil.test/x/',
    'http://evil.test/api/v1/me',
    'https://evil.test',
    '//evil.test/x/',
    '/\\evil.test/',
  ])('NXT-17 the target %s is 400, not a redirect to it', async (target) => {
    const { status, headers, body } = await get(target, bearer(alice));
    expect(status).toBe(400);
    expect(headers.location).toBeUndefined();
    expect(body).not.toContain('evil.test');
  });

  it.each([
    ['Host: evil.test', 421],
    ['Host: 169.254.169.254', 421],
    ['Host: localhost:99999', 400],
    ['Host: localhost:PORT\r\nHost: evil.test', 400],
    ['Host: evil.test\r\nHost: localhost:PORT', 400],
    ['Host: localhost:PORT\r\nHost: localhost:PORT', 400],
  ])('NXT-19 %j is %i', async (lines, expected) => {
    const head = lines.replaceAll('PORT', String(server.port));
    const { status, headers, body } = await askRaw(
      server.port,
      `GET /login HTTP/1.1\r\n${head}\r\nConnection: close\r\n\r\n`,
    );
    expect(status).toBe(expected);
    expect(headers.location).toBeUndefined();
    expect(body).not.toContain('evil.test');
  });

  it('NXT-19 no forwarded host reaches a link or a redirect', async () => {
    const lines = [
      'X-Forwarded-Host: evil.test',
      'X-Forwarded-Proto: gopher',
      'X-Host: evil.test',
      'Forwarded: host=evil.test',
    ];
    const { headers, body } = await get(`/teams/${teamId}`, `${lines.join('\r\n')}\r\n`);
    expect(JSON.stringify(headers) + body).not.toMatch(/evil\.test|gopher/);
    const answer = await server.connect(computerId, {
      from: THIEF,
      token: alice.token,
      headers: { 'x-forwarded-host': 'evil.test' },
    });
    expect(answer.body.challenge.url).toContain(`${server.origin}/verify/`);
  });

  it('NXT-22 1,000 lines before Cookie and X-Forwarded-For are 431', async () => {
    const flood = 'a: 1\r\n'.repeat(1_000);
    const head = `${flood}Cookie: ${server.cookieName()}=${alice.token}\r\nX-Forwarded-For: 1.2.3.4\r\n`;
    const { status, json } = await get('/api/v1/me', head);
    expect(status).toBe(431);
    expect(json.code).toBe('too_many_headers');
  });

  it('NXT-24 what a trailer says is ignored', async () => {
    const trailers = `X-Forwarded-For: 1.2.3.4\r\nAuthorization: Bearer ${alice.token}\r\n`;
    const chunked = (target: string, head: string) =>
      askRaw(
        server.port,
        `POST ${target} HTTP/1.1\r\n${host()}${head}Connection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nTrailer: X-Forwarded-For, Authorization\r\n\r\n2\r\n{}\r\n0\r\n${trailers}\r\n`,
        { localAddress: '127.0.0.1' },
      );
    const connections = await server.count('connections');
    const target = `/api/v1/computers/${computerId}/connections`;
    const nobody = await chunked(target, 'X-Forwarded-For: 1.2.3.4\r\n');
    expect(nobody.json.code).toBe('unauthenticated');
    const nowhere = await chunked(target, bearer(alice));
    expect(nowhere.json).toMatchObject({ code: 'client_address_unknown', reason: 'no_header' });
    expect(await server.count('connections')).toBe(connections);
  });

  it.each([
    '/_next/image?url=http://169.254.169.254/&w=64&q=75',
    '/_next/image?url=/icon.svg&w=64&q=75',
    '/_next/image?url=%2F%2Fevil.test&w=64&q=75',
  ])('NXT-25 %s fetches nothing', async (target) => {
    expect([400, 404]).toContain((await get(target)).status);
  });

  it('NXT-26 headers named like parts of an object are headers', async () => {
    const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'];
    const lines = names.map((name) => `${name}: x\r\n${name}: y\r\n`).join('');
    const { status } = await get('/api/v1/me', lines + bearer(alice));
    expect(status).toBe(200);
    expect((await get('/login', lines)).status).toBeLessThan(500);
  });

  it.each([
    ['HTTP/1.0 without Host', 'GET /api/v1/me HTTP/1.0\r\n\r\n'],
    ['an HTTP/0.9 line', 'GET /api/v1/me\r\n\r\n'],
  ])('NXT-29 %s is 400', async (_what, bytes) => {
    expect((await askRaw(server.port, bytes)).status).toBe(400);
  });

  it.each(posts.map((call) => [call.name, call] as const))(
    'NXT-13 20 MB to %s are 413',
    async (_name, call) => {
      const head = `POST ${call.target} HTTP/1.1\r\n${host()}${bearer(alice)}Content-Type: application/json\r\n`;
      const known = await askRaw(server.port, `${head}Content-Length: 20971520\r\n\r\n{"a":`);
      expect([known.status, known.json.code]).toEqual([413, 'payload_too_large']);
      const chunk = `${MAX_BODY_BYTES.toString(16)}\r\n${' '.repeat(MAX_BODY_BYTES)}\r\n`;
      const answers = await sendRaw(
        server.port,
        `${head}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n${chunk}${chunk}0\r\n\r\n`,
      );
      // Who is refused for another reason before his body is read may be told that instead.
      expect(answers).toHaveLength(1);
      expect(answers[0]?.status).toBeGreaterThanOrEqual(400);
      if (call.session === 'none') expect(answers[0]?.status).toBe(413);
    },
  );
});
