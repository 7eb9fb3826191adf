import { request } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { beforeAll, expect, it } from 'vitest';
import { sharedServer } from '../support/harness';

const server = sharedServer();
let script: string;
let font: string;

/** As it comes: `fetch` would unpack it. */
async function ask(target: string, headers: Record<string, string> = {}, method = 'GET') {
  return new Promise<{
    status: number | undefined;
    headers: Record<string, unknown>;
    bytes: Buffer;
  }>((resolve, reject) => {
    const asked = request(
      { host: '127.0.0.1', port: server.port, path: target, method, headers },
      (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('end', () =>
          resolve({
            status: answer.statusCode,
            headers: answer.headers,
            bytes: Buffer.concat(parts),
          }),
        );
      },
    );
    asked.once('error', reject);
    asked.end();
  });
}

beforeAll(async () => {
  const page = (await ask('/login', { accept: 'text/html' })).bytes.toString();
  script = page.match(/\/_next\/static\/chunks\/[^"]+\.js/)?.[0] ?? '';
  font = page.match(/\/_next\/static\/media\/[^"]+\.woff2/)?.[0] ?? '';
  expect(script).not.toBe('');
});

it.each([
  ['br, gzip', 'br'],
  ['gzip, deflate, br, zstd', 'br'],
  ['gzip', 'gzip'],
  ['br;q=0, gzip', 'gzip'],
  ['*', 'br'],
  ['br;q=0, *;q=0.5', 'gzip'],
  ['zstd', undefined],
  ['', undefined],
])('a script, for whoever takes “%s”, comes as %s', async (accepted, coding) => {
  const plain = await ask(script);
  const { status, headers, bytes } = await ask(script, { 'accept-encoding': accepted });
  expect(status).toBe(200);
  expect(headers['content-encoding']).toBe(coding);
  expect(headers['content-length']).toBe(String(bytes.length));
  expect(headers.vary).toBe('Accept-Encoding');
  expect(headers['content-type']).toBe('text/javascript; charset=utf-8');
  expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
  expect(headers['x-content-type-options']).toBe('nosniff');
  const unpack = { br: brotliDecompressSync, gzip: gunzipSync }[coding ?? ''] ?? Buffer.from;
  expect(unpack(bytes).equals(plain.bytes)).toBe(true);
});

it('each coding has a tag of its own, by which nothing is sent twice', async () => {
  const br = await ask(script, { 'accept-encoding': 'br' });
  const plain = await ask(script);
  expect(br.headers.etag).not.toBe(plain.headers.etag);
  const again = { 'accept-encoding': 'br', 'if-none-match': `"other", W/${br.headers.etag}` };
  const { status, headers, bytes } = await ask(script, again);
  expect([status, bytes.length]).toEqual([304, 0]);
  expect(headers).toMatchObject({ etag: br.headers.etag, vary: 'Accept-Encoding' });
  const other = { 'accept-encoding': 'br', 'if-none-match': String(plain.headers.etag) };
  expect((await ask(script, other)).status).toBe(200);
});

it('a face comes as it is', async () => {
  const { headers } = await ask(font, { 'accept-encoding': 'br, gzip' });
  expect(headers).toMatchObject({ 'content-type': 'font/woff2' });
  expect(headers).not.toHaveProperty('vary');
  expect(headers).not.toHaveProperty('content-encoding');
});

it('HEAD says the same, and sends nothing; what is no such file is not served', async () => {
  const { status, headers, bytes } = await ask(script, { 'accept-encoding': 'br' }, 'HEAD');
  expect([status, headers['content-encoding'], bytes.length]).toEqual([200, 'br', 0]);
  for (const target of [
    '/_next/static/../server.mjs',
    '/_next/static/..%2fserver.mjs',
    '/_next/static/%2e%2e/server.mjs',
    '/_next/static/chunks/nothing.js',
  ]) {
    expect((await ask(target)).status, target).toBeGreaterThanOrEqual(400);
  }
});
