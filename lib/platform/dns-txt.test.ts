import { createSocket, type Socket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DnsServer } from '@/e2e/support/dns-server';
import { findTxtRecords, TXT_LOOK_UP_MS, TxtLookUpError, txtResolver } from './dns-txt';

afterEach(() => vi.useRealTimers());

const failing = (code: string) => ({
  resolveTxt: () => Promise.reject(Object.assign(new Error(code), { code })),
  cancel: () => undefined,
});

describe('TXT records', () => {
  it('come in one piece each, however they were cut', async () => {
    const resolver = {
      resolveTxt: async () => [['gatehouse-', 'domain-', 'verification=1'], ['v=spf1 -all'], []],
      cancel: () => undefined,
    };
    expect(await findTxtRecords('example.com', resolver)).toEqual([
      'gatehouse-domain-verification=1',
      'v=spf1 -all',
      '',
    ]);
  });

  it.each(['ENOTFOUND', 'ENODATA'])('are none when the answer is %s', async (code) => {
    expect(await findTxtRecords('example.com', failing(code))).toEqual([]);
  });

  it.each(['ESERVFAIL', 'ETIMEOUT', 'ECONNREFUSED', 'EREFUSED', 'ECANCELLED', 'EBADNAME'])(
    'are unknown, not none, when the look-up ends with %s',
    async (code) => {
      const found = findTxtRecords('example.com', failing(code));
      await expect(found).rejects.toThrow(TxtLookUpError);
      await expect(found).rejects.toThrow(code);
    },
  );

  it('are unknown after three seconds, and the look-up is ended', async () => {
    vi.useFakeTimers();
    const cancel = vi.fn();
    const found = findTxtRecords('example.com', {
      resolveTxt: () => new Promise(() => undefined),
      cancel,
    });
    let isOver = false;
    const failure = found.catch((error: unknown) => {
      isOver = true;
      return error;
    });
    await vi.advanceTimersByTimeAsync(TXT_LOOK_UP_MS - 1);
    expect([isOver, cancel.mock.calls.length]).toEqual([false, 0]);
    await vi.advanceTimersByTimeAsync(1);
    expect(await failure).toBeInstanceOf(TxtLookUpError);
    expect(cancel).toHaveBeenCalledTimes(1);
  });
});

describe('a real name server', () => {
  /** Answers every question with these bytes: flags, counts, and what follows the question. */
  async function serve(flags: number, records: Buffer[]): Promise<[Resolver, Socket]> {
    const server = createSocket('udp4');
    server.on('message', (query, { port, address }) => {
      let end = 12;
      while (query[end]) end += (query[end] ?? 0) + 1;
      const head = Buffer.alloc(12);
      query.copy(head, 0, 0, 2);
      head.writeUInt16BE(flags, 2);
      head.writeUInt16BE(1, 4);
      head.writeUInt16BE(records.length, 6);
      server.send(Buffer.concat([head, query.subarray(12, end + 5), ...records]), port, address);
    });
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    const resolver = new Resolver({ timeout: TXT_LOOK_UP_MS, tries: 1 });
    resolver.setServers([`127.0.0.1:${server.address().port}`]);
    return [resolver, server];
  }
  const txt = (...chunks: string[]) => {
    const data = Buffer.concat(
      chunks.map((chunk) => Buffer.concat([Buffer.from([chunk.length]), Buffer.from(chunk)])),
    );
    const head = Buffer.from('c00c001000010000003c0000', 'hex');
    head.writeUInt16BE(data.length, 10);
    return Buffer.concat([head, data]);
  };

  it.each([
    ['records', 0x8180, [txt('gate', 'house=1'), txt('other')], ['gatehouse=1', 'other']],
    ['no such name', 0x8183, [], []],
    ['no records', 0x8180, [], []],
  ])('that says: %s', async (_what, flags, records, expected) => {
    const [resolver, server] = await serve(flags, records);
    expect(await findTxtRecords('_gatehouse.example.com', resolver)).toEqual(expected);
    server.close();
  });

  it.each([
    ['failure', 0x8182],
    ['refusal', 0x8185],
  ])('that says: %s', async (_what, flags) => {
    const [resolver, server] = await serve(flags, []);
    await expect(findTxtRecords('example.com', resolver)).rejects.toThrow(TxtLookUpError);
    server.close();
  });
});

it('a listed resolver is asked in place of the system’s', async () => {
  const server = await DnsServer.start();
  const long = 'a'.repeat(600);
  server.records.set('example.com', [long, 'v=spf1 -all']);
  const resolver = () => txtResolver([server.address]);
  expect(await findTxtRecords('example.com', resolver())).toEqual([long, 'v=spf1 -all']);
  expect(await findTxtRecords('nowhere.example.com', resolver())).toEqual([]);
  server.fails = true;
  await expect(findTxtRecords('example.com', resolver())).rejects.toThrow(TxtLookUpError);
  expect(server.asked).toEqual(['example.com', 'nowhere.example.com', 'example.com']);
  await server.stop();
});
