import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { GatehouseError } from '@/lib/contract/errors';
import { runWithClient } from '@/lib/platform/client-store';
import { answerPutOff, orPutOff } from './put-off';

let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const CLIENT = { address: null, network: null, reason: null };

async function ask(answer: (res: ServerResponse) => unknown): Promise<Response> {
  server = createServer((_req, res) =>
    runWithClient(CLIENT, () => {
      answerPutOff(res);
      answer(res);
    }),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

const failing = (error: Error) => orPutOff(() => Promise.reject(error)).catch(() => undefined);
const unavailable = Object.assign(new Error('the database system is starting up'), {
  code: '57P03',
});
const tooMany = new GatehouseError('too_many_requests', 'Wait.', {
  headers: { 'Retry-After': '7' },
});

describe('a page', () => {
  /** As Next sends one: the frame at once, the rest when it is there. */
  const page = (load: () => Promise<unknown>) => async (res: ServerResponse) => {
    res.setHeader('Content-Type', 'text/html; charset=utf-8');
    res.flushHeaders();
    res.write('<p>frame</p>');
    await load();
    res.write('<p>rest</p>');
    res.end();
  };

  it.each([
    ['503', unavailable, 503, '2'],
    ['429', tooMany, 429, '7'],
  ])('that fails after its beginning was written is %s', async (_name, error, status, after) => {
    const answer = await ask(page(() => failing(error)));
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([status, after]);
    expect(await answer.text()).toBe('<p>frame</p><p>rest</p>');
  });

  it('that fails for another reason is as Next says', async () => {
    const answer = await ask(async (res) => {
      await failing(new Error('a fault'));
      res.statusCode = 500;
      await page(async () => undefined)(res);
    });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([500, null]);
  });

  it('that is made comes as it is', async () => {
    const answer = await ask(page(async () => undefined));
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe('<p>frame</p><p>rest</p>');
  });
});

it('what is no page is sent part by part', async () => {
  let finish = () => {};
  const answer = await ask((res) => {
    res.setHeader('Content-Type', 'text/x-component');
    res.write('first');
    finish = () => res.end('last');
  });
  const reader = answer.body?.getReader();
  const text = async () => Buffer.from((await reader?.read())?.value ?? '').toString();
  expect(await text()).toBe('first');
  finish();
  expect(await text()).toBe('last');
});
