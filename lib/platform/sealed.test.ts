import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { seal, UnsealError, unseal } from './sealed';

const settings = vi.hoisted(() => ({ secret: '' }));

vi.mock('./env', () => ({ env: () => ({ authSecret: settings.secret }) }));

beforeEach(() => {
  settings.secret = 'a'.repeat(32);
});

const failureOf = (open: () => string): Error => {
  try {
    return new Error(`opened: ${open()}`);
  } catch (error) {
    return error as Error;
  }
};

describe('a sealed text', () => {
  it('is opened again, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, purpose) => {
        expect(unseal(seal(text, purpose), purpose)).toBe(text);
      }),
    );
  });

  it('is plain characters, shows nothing of the text, and is another one each time', () => {
    const sealed = seal('client secret', 'p');
    expect(sealed).toMatch(/^v1\.[A-Za-z0-9_-]+$/);
    expect(Buffer.from(sealed.slice(3), 'base64url').toString('latin1')).not.toContain('client');
    expect(seal('client secret', 'p')).not.toBe(sealed);
  });

  it('does not open under another AUTH_SECRET', () => {
    const sealed = seal('client secret', 'p');
    settings.secret = 'b'.repeat(32);
    expect(failureOf(() => unseal(sealed, 'p'))).toBeInstanceOf(UnsealError);
  });

  it('does not open where another purpose is expected: it can’t be moved to another row', () => {
    const sealed = seal('client secret', 'sso-client-secret:1');
    for (const purpose of ['sso-client-secret:2', 'sso-client-secret', '']) {
      expect(failureOf(() => unseal(sealed, purpose))).toBeInstanceOf(UnsealError);
    }
  });

  it('does not open when any character of it was changed', () => {
    const sealed = seal('x', 'p');
    for (let at = 0; at < sealed.length; at += 1) {
      for (const other of ['A', 'B', 'g', '=', ' ', '']) {
        const changed = sealed.slice(0, at) + other + sealed.slice(at + 1);
        if (changed === sealed) continue;
        expect(failureOf(() => unseal(changed, 'p'))).toBeInstanceOf(UnsealError);
      }
    }
  });

  it.each(['', 'v1.', 'v1', 'v2.AAAA', 'client secret', 'v1.AAAA', `v1.${'A'.repeat(37)}`])(
    'is not %j',
    (text) => {
      expect(failureOf(() => unseal(text, 'p'))).toBeInstanceOf(UnsealError);
    },
  );

  it('that does not open tells nothing secret', () => {
    const sealed = seal('client secret', 'purpose');
    settings.secret = 'b'.repeat(32);
    const error = failureOf(() => unseal(sealed, 'purpose'));
    for (const secret of ['client secret', sealed.slice(3), settings.secret, 'purpose']) {
      expect(`${error.message}${error.cause ?? ''}`).not.toContain(secret);
    }
  });
});
