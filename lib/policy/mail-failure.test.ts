import { describe, expect, it } from 'vitest';
import { byOutcome } from '@/e2e/support/tables';
import {
  classifyMailFailure,
  explainMailFailure,
  IS_FINAL,
  isMailTrouble,
  type MailError,
  type MailFailure,
  mailWaitSeconds,
} from './mail-failure';

describe('P16: what a mail server answers to the mail with 5xx is final, everything else is tried again', () => {
  const rows = byOutcome<MailError, MailFailure>({
    recipient_refused: {
      'a recipient that is not known': { code: 'EENVELOPE', responseCode: 550, command: 'RCPT TO' },
    },
    refused: {
      'a sender that may not send': { code: 'EENVELOPE', responseCode: 553, command: 'MAIL FROM' },
      'a mail that is refused whole': { code: 'EMESSAGE', responseCode: 554, command: 'DATA' },
    },
    not_now: {
      greylisting: { code: 'EENVELOPE', responseCode: 450, command: 'RCPT TO' },
      'a full queue': { code: 'EMESSAGE', responseCode: 452, command: 'DATA' },
      'too many connections': { code: 'EPROTOCOL', responseCode: 421, command: 'CONN' },
      'an instance that is not let in': { code: 'EPROTOCOL', responseCode: 554, command: 'CONN' },
    },
    log_in_refused: {
      'a password that has changed': { code: 'EAUTH', responseCode: 535, command: 'AUTH PLAIN' },
    },
    unreachable: {
      'nothing that listens': { code: 'ESOCKET', originalCode: 'ECONNREFUSED', command: 'CONN' },
      'no such name': { code: 'EDNS', originalCode: 'ENOTFOUND', command: 'CONN' },
      'no answer': { code: 'ETIMEDOUT', command: 'CONN' },
      'a connection that broke off': { code: 'ECONNECTION' },
      'an error without a word': {},
    },
    not_encrypted: {
      'no STARTTLS': { code: 'ETLS', responseCode: 502, command: 'STARTTLS' },
      'a certificate that nobody knows': {
        code: 'ESOCKET',
        originalCode: 'DEPTH_ZERO_SELF_SIGNED_CERT',
      },
    },
  });

  it.each(rows)('%s', (_, error, failure) => {
    expect(classifyMailFailure(error, true)).toBe(failure);
    expect(IS_FINAL[failure]).toBe(failure === 'refused' || failure === 'recipient_refused');
    const { message, cure } = explainMailFailure(failure);
    // The log cuts what is longer.
    expect(Math.max(message.length, cure.length)).toBeLessThanOrEqual(256);
  });

  it('a file that can’t be written is tried again', () => {
    expect(classifyMailFailure({ code: 'ENOSPC' }, false)).toBe('not_written');
    expect(IS_FINAL.not_written).toBe(false);
  });
});

it('P16: the waits grow, and in a day there are more than a dozen tries', () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 500].map(mailWaitSeconds);
  expect(waits).toEqual([60, 180, 540, 1620, 4860, 7200, 7200, 7200]);
});

describe('P16: owners are told that mail does not leave', () => {
  const now = new Date('2026-11-26T12:00:00Z');
  const since = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
  const waits = { waiting: 1, givenUp: 0 };

  it.each([
    ['nothing waits', { waiting: 0, givenUp: 0, since: null, failure: 'unreachable' }, false],
    ['nobody answers', { ...waits, since: since(0), failure: 'unreachable' }, true],
    ['put off a moment ago', { ...waits, since: since(29), failure: 'not_now' }, false],
    ['put off for half an hour', { ...waits, since: since(30), failure: 'not_now' }, true],
    ['given up', { waiting: 0, givenUp: 1, since: null, failure: 'refused' }, true],
  ] as const)('%s: %j', (_, trouble, told) => {
    expect(isMailTrouble(trouble, now)).toBe(told);
  });
});
