import pino from 'pino';
import { logLevel } from './env';
import { shared } from './shared';

// Much of what is logged was written by a stranger: names, user agents, header values. Such a text
// must not end the line and begin a false one, drive the terminal of whoever reads it, or turn the
// reading direction round so that it says something else (ADM-1, ADM-2). And what is logged must
// not let the log's reader in: no passwords, no tokens (ADM-3).

const TEXT_LENGTH_MAX = 256;
const DEPTH_MAX = 6;
const ITEMS_MAX = 50;
const STACK_LINES_MAX = 12;
const REDACTED = '[redacted]';

/** Controls, format characters (bidi among them), line and paragraph separators, lone surrogates. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const TOKEN = /\bgate(host)?_[\w-]{8,}/g;
const SECRET_NAME = /^(proxy-?)?authorization$|cookies?$|passw(or)?d$|token$|secret$|host-?key$/i;

/** A text made fit for one line of a log: at most 256 characters, nothing invisible, no token. */
export function safeText(text: string): string {
  // Cut before and after: an escape is six characters long, and a huge text is never walked.
  const shown = text
    .slice(0, 4 * TEXT_LENGTH_MAX)
    .replace(TOKEN, (_, host: string | undefined) => `gate${host ?? ''}_${REDACTED}`)
    .replace(UNSAFE, (char) =>
      char
        .split('')
        .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
        .join(''),
    );
  const cut = Array.from(shown).slice(0, TEXT_LENGTH_MAX).join('');
  return cut.length < shown.length || text.length > 4 * TEXT_LENGTH_MAX
    ? `${Array.from(cut).slice(0, -1).join('')}…`
    : cut;
}

function safeError(error: Error, depth: number, seen: Set<object>): Record<string, unknown> {
  const shown: Record<string, unknown> = {
    type: safeText(error.name),
    message: safeText(error.message),
    stack: error.stack
      ?.split('\n')
      .filter((line) => /^\s+at /.test(line))
      .slice(0, STACK_LINES_MAX)
      .map((line) => safeText(line.trim())),
  };
  for (const [name, value] of Object.entries(error)) {
    if (!(name in shown)) shown[name] = safeValue(name, value, depth + 1, seen);
  }
  if (error.cause !== undefined) shown.cause = safeValue('cause', error.cause, depth + 1, seen);
  return shown;
}

function safeValue(name: string, value: unknown, depth: number, seen: Set<object>): unknown {
  if (value === null || value === undefined || typeof value === 'boolean') return value;
  if (SECRET_NAME.test(name)) return REDACTED;
  if (typeof value === 'string') return safeText(value);
  if (typeof value === 'number') return value;
  if (typeof value !== 'object') return safeText(String(value));
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof URL) return safeText(value.origin);
  if (seen.has(value) || depth > DEPTH_MAX) return '[…]';
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  seen.add(value);
  try {
    if (value instanceof Error) return safeError(value, depth, seen);
    if (Array.isArray(value)) {
      return value.slice(0, ITEMS_MAX).map((item) => safeValue('', item, depth + 1, seen));
    }
    return Object.fromEntries(
      Object.entries(value)
        .slice(0, ITEMS_MAX)
        .map(([key, item]) => [safeText(key), safeValue(key, item, depth + 1, seen)]),
    );
  } finally {
    seen.delete(value);
  }
}

const safeFields = (fields: object): object => safeValue('', fields, 0, new Set()) as object;

/** A logger that writes one JSON object a line to `destination`. */
export function createLog(destination: pino.DestinationStream, level: string): pino.Logger {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // The error is plain fields by then; pino's own serialiser would take it for an odd error.
      serializers: { err: (value: unknown) => value },
      hooks: {
        logMethod(args, method) {
          const [first, ...rest] = args as unknown[];
          const texts = rest.map((arg) => (typeof arg === 'string' ? safeText(arg) : arg));
          const line: unknown[] =
            first instanceof Error
              ? [{ err: safeValue('err', first, 0, new Set()) }, ...texts]
              : typeof first === 'object' && first !== null
                ? [safeFields(first), ...texts]
                : [typeof first === 'string' ? safeText(first) : first, ...texts];
          if (first instanceof Error && texts.length === 0) line.push(safeText(first.message));
          method.apply(this, line as Parameters<typeof method>);
        },
      },
    },
    destination,
  );
  // Pino passes a child's fields by the hook above. Children of children inherit this.
  const { child } = logger;
  logger.child = function safeChild(this: pino.Logger, fields: pino.Bindings) {
    return child.call(this, safeFields(fields));
  } as typeof child;
  return logger;
}

/** The log of this process: JSON lines on standard output, written before the call returns. */
export function log(): pino.Logger {
  return shared('log', () => createLog(pino.destination({ dest: 1, sync: true }), logLevel()));
}
