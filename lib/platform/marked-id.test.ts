import { describe, expect, it, vi } from 'vitest';
import { isMarkedId, markedId } from './marked-id';

const secret = vi.hoisted(() => ({ authSecret: 'a secret of the tests, long enough' }));
vi.mock('./env', () => ({ env: () => secret }));

describe('an id that is given out before there is anything under it', () => {
  const id = markedId('sso_', 'of team A');

  it('is known again for its purpose alone', () => {
    expect(id).toMatch(/^sso_[\w-]{43}$/);
    expect(isMarkedId('sso_', id, 'of team A')).toBe(true);
    expect(isMarkedId('sso_', id, 'of team B')).toBe(false);
    expect(isMarkedId('dom_', id, 'of team A')).toBe(false);
    expect(markedId('sso_', 'of team A')).not.toBe(id);
  });

  it.each(Array.from({ length: 43 }, (_, at) => at + 4))(
    'is another with another character %i',
    (at) => {
      const changed = `${id.slice(0, at)}${id[at] === 'A' ? 'B' : 'A'}${id.slice(at + 1)}`;
      expect(isMarkedId('sso_', changed, 'of team A')).toBe(false);
    },
  );

  it('is not known under another secret', () => {
    secret.authSecret = 'another secret of the tests';
    expect(isMarkedId('sso_', id, 'of team A')).toBe(false);
  });
});
