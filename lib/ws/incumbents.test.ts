import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Incumbents } from './incumbents';

const { askSpeaker } = vi.hoisted(() => ({ askSpeaker: vi.fn() }));
vi.mock('@/lib/service/computers/signalling', () => ({ askSpeaker }));

let incumbents: Incumbents;
beforeEach(() => {
  incumbents = new Incumbents();
  askSpeaker.mockReset().mockResolvedValue(true);
});

const ask = () => incumbents.isAlive('cmp_1', 'socket-1');

describe('F9: the socket that speaks for a computer', () => {
  it('is not taken for dead by anybody because it could not be asked', async () => {
    askSpeaker.mockRejectedValue(new Error('no connection is free'));
    const answers = await Promise.allSettled([ask(), ask()]);
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(askSpeaker).toHaveBeenCalledTimes(1);
  });

  it('is alive to all who ask at once, by one answer; later it is asked again', async () => {
    const both = Promise.all([ask(), ask()]);
    incumbents.hearAnswer('another');
    incumbents.hearAnswer('socket-1');
    expect(await both).toEqual([true, true]);
    askSpeaker.mockResolvedValue(false);
    expect(await ask()).toBe(false);
    expect(askSpeaker).toHaveBeenCalledTimes(2);
  });

  it('is gone when its computer goes offline meanwhile, and no other', async () => {
    const gone = ask();
    incumbents.hearGone('cmp_2');
    incumbents.hearGone('cmp_1');
    expect(await gone).toBe(false);
  });

  it('is gone when it gave no answer in time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'setImmediate'] });
    try {
      const gone = ask();
      await vi.runAllTimersAsync();
      expect(await gone).toBe(false);
    } finally {
      vi.useRealTimers();
    }
  });
});
