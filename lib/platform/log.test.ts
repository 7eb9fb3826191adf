import { describe, expect, it } from 'vitest';
import { createLog, safeText } from './log';

const TOKEN = `gate_${'a'.repeat(43)}`;

/** What a logger writes: its raw lines, and the one object of the first. */
function written(write: (log: ReturnType<typeof createLog>) => void) {
  let text = '';
  write(
    createLog(
      {
        write(chunk: string) {
          text += chunk;
        },
      },
      'trace',
    ),
  );
  const lines = text.split('\n').filter((line) => line !== '');
  return { text, lines, fields: JSON.parse(lines[0] ?? 'null') as Record<string, unknown> };
}

describe('what a stranger wrote', () => {
  const hostile = 'x\u001b[31m\r\n{"level":"info","msg":"login ok"}';
  const places: [string, (log: ReturnType<typeof createLog>) => void][] = [
    ['a field', (log) => log.info({ userAgent: hostile }, 'seen')],
    ['a field below a field', (log) => log.info({ req: { headers: [{ ua: hostile }] } }, 'seen')],
    ['the name of a field', (log) => log.info({ [hostile]: 1 }, 'seen')],
    ['the message', (log) => log.info(hostile)],
    ['the message beside fields', (log) => log.info({ a: 1 }, hostile)],
    ['an inserted value', (log) => log.info('from %s', hostile)],
    ['an error', (log) => log.error({ err: new Error(hostile) }, 'failed')],
    ['a lone error', (log) => log.error(new Error(hostile))],
    ['the cause of an error', (log) => log.error({ err: new Error('x', { cause: hostile }) }, 'f')],
    ['the fields of a child', (log) => log.child({ name: hostile }).info('seen')],
  ];
  it.each(places)('ADM-1 stays inside one line, with its controls shown: %s', (_, write) => {
    const { lines, text } = written(write);
    expect(lines).toHaveLength(1);
    expect(text.trimEnd()).not.toMatch(/\p{Cc}/u);
    expect(text).toContain('x\\\\u001b[31m\\\\u000d\\\\u000a');
  });

  it('ADM-2 is cut at 256 characters, with separators and bidi controls shown', () => {
    const { lines, fields } = written((log) =>
      log.info({ name: `a\u2028b\u202ec\u2066\u200f${'z'.repeat(10_000)}` }, 'seen'),
    );
    expect(lines).toHaveLength(1);
    const name = String(fields.name);
    expect(name).toMatch(/^a\\u2028b\\u202ec\\u2066\\u200fz+…$/);
    expect(name).toHaveLength(256);
    expect(lines[0]).not.toMatch(/[\u2028\u2029\u202a-\u202e\u2066-\u2069\u200e\u200f]/u);
  });

  it('ADM-2 a text of controls alone is no longer than any other', () => {
    expect(safeText('\u202e'.repeat(10_000)).length).toBe(256);
  });

  it('a lone surrogate is shown, a pair is kept whole', () => {
    expect(safeText('\ud800')).toBe('\\ud800');
    expect(safeText('😀'.repeat(300))).toBe(`${'😀'.repeat(255)}…`);
    expect(safeText('ä'.repeat(256))).toBe('ä'.repeat(256));
  });
});

describe('ADM-3 secrets', () => {
  it.each([
    'authorization',
    'Authorization',
    'proxy-authorization',
    'cookie',
    'set-cookie',
    'password',
    'newPassword',
    'token',
    'setupToken',
    'hostKey',
    'authSecret',
  ])('the field %s never shows, at any depth', (name) => {
    const { text } = written((log) =>
      log.info({ [name]: 'opensesame', a: { b: [{ [name]: ['opensesame'] }] } }, 'x'),
    );
    expect(text).not.toContain('opensesame');
    expect(text).toContain('[redacted]');
  });

  it('the fields of a child are watched too', () => {
    const { text } = written((log) => log.child({ a: 1 }).child({ cookie: TOKEN }).info('x'));
    expect(text).toContain('[redacted]');
  });

  it('a token never shows, wherever it stands', () => {
    const { text } = written((log) => {
      log.info({ url: `/x?a=${TOKEN}` }, `got ${TOKEN}`);
      log.error(new Error(`bad ${TOKEN}`));
      log.info('from %s', TOKEN);
      log.info({ key: `gatehost_${'b'.repeat(43)}` }, 'x');
    });
    expect(text).not.toMatch(/a{20}|b{20}/);
  });
});

it('an error keeps what explains it: type, message, code, cause, stack', () => {
  const error = Object.assign(new TypeError('no', { cause: new Error('deep') }), { code: 'P1001' });
  const { fields } = written((log) => log.error({ err: error }, 'failed'));
  expect(fields).toMatchObject({
    level: 'error',
    msg: 'failed',
    err: { type: 'TypeError', message: 'no', code: 'P1001', cause: { message: 'deep' } },
  });
  expect(fields).toHaveProperty('err.stack.0', expect.stringMatching(/^at .*log\.test\.ts/));
});

it('an object that holds itself is written, not followed', () => {
  const circle: Record<string, unknown> = { a: 1 };
  circle.self = circle;
  expect(written((log) => log.info({ circle }, 'x')).fields).toMatchObject({
    circle: { a: 1, self: '[…]' },
  });
});
