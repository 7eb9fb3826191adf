import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import path from 'node:path';
import { z } from 'zod';
import { explainStrangersFiles, makeDataDirectory } from './data-directory';
import { keptText } from './kept-file';
import { shared } from './shared';
import { StartError } from './start-error';

// Every setting, read once. A setting that is wrong must stop the start: a mistyped proxy list or
// prefix would not fail, it would let the gate protect nothing, silently. So all faults are told at
// once, by name and with the cure, and never with the value, which may be a secret.

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

export type Env = {
  /** Where the server listens. */
  port: number;
  host: string;
  /** The public origin; links, cookies and the origin check follow it. It never has a path. */
  appUrl: URL;
  /** Whether `appUrl` is https: cookies are then `Secure` and `__Host-`. */
  isSecure: boolean;
  /** Null: an embedded PostgreSQL under `dataDir`. */
  databaseUrl: string | null;
  /** Absolute. */
  dataDir: string;
  authSecret: string;
  /** As written; `lib/policy` reads the list. Empty: no proxy is believed. */
  trustedProxies: string;
  /** The one header that a trusted proxy sets, in lower case. */
  clientIpHeader: string;
  /** Whether loopback, private, CGNAT and unique-local addresses may be clients. */
  privateClients: 'allow' | 'refuse';
  /** Nobody has said where clients come from: no proxy is listed, and `privateClients` is the default. */
  isTrial: boolean;
  /** Bits of an IPv6 network that is trusted as one. */
  ipv6Prefix: number;
  /** Proves who may create the first team. */
  setupToken: string;
  /** True when nobody chose it, so that it must be printed. */
  setupTokenIsGenerated: boolean;
  /** Null: mail is written to `dataDir/mail`. */
  smtpUrl: string | null;
  /** The `From` of outgoing mail. */
  mailFrom: string;
  /** STUN servers that the two ends of a connection ask for their way to each other. */
  stunUrls: string[];
  /**
   * Hosts of identity providers that may stand inside: names in lower case, addresses without
   * brackets. They alone may be private, use other ports than 443, or http on this machine.
   */
  ssoAllowPrivateHosts: string[];
  /** Resolvers that are asked for proofs of domains, as `ip` or `ip:port`. Empty: the system's. */
  dnsServers: string[];
  logLevel: LogLevel;
  /** How many processes answer, on one port. */
  workers: number;
  /** How long, in seconds, it goes on serving after SIGTERM, not ready, so that nobody is sent here any more. */
  drainSeconds: number;
  /** The longest trust, in days, that a team may set. */
  trustDaysMax: number;
  /** How long the audit log is kept, in days. */
  auditDays: number;
  /** How long it is kept what each session did from where, in days. */
  usesDays: number;
  /** Names that look like ours and are none, with ours: `TRUSTED_PROXY=` would be silently without effect. */
  misnamed: readonly { name: string; meant: string }[];
  /** False in development and under the test runner. */
  isProduction: boolean;
  /** `npm run dev`. */
  isDevelopment: boolean;
};

/** Faults in the settings: one line each, none with a value in it. */
export class EnvError extends StartError {
  override readonly name = 'EnvError';
}

type Source = Readonly<Record<string, string | undefined>>;

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const SECRET_LENGTH_MIN = 32;
const SETUP_TOKEN_LENGTH_MIN = 16;
const EMBEDDED_WORKERS_MAX = 7;
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
const LOOPBACK_NAMES = new Set(['localhost', '127.0.0.1', '[::1]']);

/** An environment variable set to nothing means unset, as container files commonly write it. */
const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess(
    (value) => (typeof value === 'string' && value.trim() === '' ? undefined : value),
    schema.optional(),
  );

const whole = (min: number, max: number, cure: string) =>
  z
    .string()
    .trim()
    .refine((text) => /^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max, cure)
    .transform(Number);

const parseUrl = (text: string): URL | null => {
  try {
    return new URL(text);
  } catch {
    return null;
  }
};

const isOrigin = (text: string): boolean => {
  const url = parseUrl(text);
  return (
    url !== null &&
    (url.protocol === 'http:' || url.protocol === 'https:') &&
    url.pathname === '/' &&
    url.search === '' &&
    url.hash === '' &&
    url.username === '' &&
    url.password === '' &&
    !text.includes('?') &&
    !text.includes('#')
  );
};

const hasScheme = (...schemes: string[]) => {
  return (text: string) => schemes.includes(parseUrl(text)?.protocol ?? '');
};

/** A name or an address, as a URL writes it but without brackets. `127.1` and `*.lan` are neither. */
const isHost = (text: string): boolean =>
  (isIP(text) !== 0 && !text.includes('%')) ||
  /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(text);

/** A password with a `#` or a `/` ends the host early, and the mail would go to whoever that is. */
const isMailServer = (text: string): boolean => {
  const url = parseUrl(text);
  return (
    url !== null &&
    ['smtp:', 'smtps:'].includes(url.protocol) &&
    url.hostname !== '' &&
    (url.pathname === '' || url.pathname === '/') &&
    !text.includes('#') &&
    !url.search.includes('@') &&
    !/%(?![0-9A-Fa-f]{2})/.test(`${url.username}${url.password}`)
  );
};

/** A name and an address; the name may be quoted, and hold a comma. */
const SENDER = /^(?:"((?:[^"\\]|\\.)*)"|([^<>"]*?))\s*<([^\s<>,@]+@[^\s<>,@]+)>$/;
const BARE_SENDER = /^[^\s<>,@]+@[^\s<>,@]+$/;

/** @returns null: it is not one sender, or may be several */
const findSender = (text: string): { name: string; address: string } | null => {
  if (BARE_SENDER.test(text)) return { name: '', address: text };
  const [, quoted, plain = '', address] = SENDER.exec(text) ?? [];
  if (address === undefined || (plain.includes(',') && plain.includes('@'))) return null;
  return { name: quoted?.replaceAll(/\\(.)/g, '$1') ?? plain, address };
};

/**
 * The sender that MAIL_FROM names, as two parts: as one text its comma would part it in two senders.
 * @throws for one that `parseEnv` does not let pass
 */
export function parseSender(text: string): { name: string; address: string } {
  const sender = findSender(text);
  if (sender === null) throw new Error('Not one sender');
  return sender;
}

/** Whether a URL's host is this machine, with nobody between. */
export function isThisMachine(hostname: string): boolean {
  return LOOPBACK_NAMES.has(hostname.toLowerCase()) || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

/** A resolver: an address, and a port where it is not 53. */
const isDnsServer = (text: string): boolean => {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const address = isIP(text) === 6 ? text : (bracketed ?? plain ?? '');
  const isPort = port === undefined || (Number(port) > 0 && Number(port) <= 65_535);
  return isIP(address) === (bracketed || isIP(text) === 6 ? 6 : 4) && isPort;
};

const hasControl = (text: string): boolean => /\p{Cc}/u.test(text);

const Settings = z.object({
  PORT: optional(whole(1, 65_535, 'must be a whole number from 1 to 65535, such as 3000')),
  HOST: optional(
    z
      .string()
      .trim()
      .regex(
        /^[A-Za-z0-9_.:-]+$/,
        'must be an address or a name to listen on, such as 127.0.0.1 or 0.0.0.0',
      ),
  ),
  APP_URL: optional(
    z
      .string()
      .trim()
      .refine(
        isOrigin,
        'must be the public origin alone, such as https://gatehouse.example.com: http or https, no path, query or log-in',
      ),
  ),
  DATABASE_URL: optional(
    z
      .string()
      .trim()
      .refine(
        hasScheme('postgres:', 'postgresql:'),
        'must be a PostgreSQL connection string, such as postgresql://user:password@host:5432/gatehouse',
      ),
  ),
  DATA_DIR: optional(
    z
      .string()
      .refine((text) => !hasControl(text), 'must be the path of a directory')
      .refine(
        (text) => !text.startsWith('~'),
        'begins with ~, which only a shell expands, and none has: write the whole path',
      ),
  ),
  AUTH_SECRET: optional(
    z
      .string()
      .refine(
        (text) => text.length >= SECRET_LENGTH_MIN,
        `must have at least ${SECRET_LENGTH_MIN} characters; \`openssl rand -base64 48\` makes a good one`,
      ),
  ),
  TRUSTED_PROXIES: optional(z.string().trim()),
  CLIENT_IP_HEADER: optional(
    z
      .string()
      .trim()
      .regex(HEADER_NAME, 'must be the name of one header, such as x-forwarded-for or x-real-ip')
      .toLowerCase(),
  ),
  PRIVATE_CLIENTS: optional(z.enum(['allow', 'refuse'], { error: 'must be `allow` or `refuse`' })),
  IPV6_PREFIX: optional(whole(48, 128, 'must be a whole number from 48 to 128, such as 64')),
  SETUP_TOKEN: optional(
    z
      .string()
      .trim()
      .refine(
        (text) => text.length >= SETUP_TOKEN_LENGTH_MIN && !/\s/.test(text) && !hasControl(text),
        `must have at least ${SETUP_TOKEN_LENGTH_MIN} characters and no blanks, or be left out: a random one is then printed at start`,
      ),
  ),
  SMTP_URL: optional(
    z
      .string()
      .trim()
      .refine(
        isMailServer,
        'must be a mail server alone, such as smtp://user:password@mail.example.com:587; in a user or password, # / ? @ : % are written %23 %2F %3F %40 %3A %25',
      ),
  ),
  MAIL_FROM: optional(
    z
      .string()
      .trim()
      .refine(
        (text) => findSender(text) !== null && !hasControl(text),
        'must be one sender, such as Gatehouse <no-reply@example.com>',
      ),
  ),
  STUN_URLS: optional(
    z
      .string()
      .transform((text) => text.split(',').map((url) => url.trim()))
      .refine(
        (urls) => urls.length <= 8 && urls.every((url) => /^stuns?:[A-Za-z0-9.:[\]-]+$/.test(url)),
        'must be a comma list of STUN servers, such as stun:stun.example.com:3478',
      ),
  ),
  SSO_ALLOW_PRIVATE_HOSTS: optional(
    z
      .string()
      .toLowerCase()
      .transform((text) => text.split(',').map((host) => host.trim()))
      .refine(
        (hosts) => hosts.length <= 32 && hosts.every(isHost),
        'must be a comma list of host names without scheme or port, such as idp.lan',
      ),
  ),
  DNS_SERVERS: optional(
    z
      .string()
      .transform((text) => text.split(',').map((server) => server.trim()))
      .refine(
        (servers) => servers.length <= 8 && servers.every(isDnsServer),
        'must be a comma list of resolvers, such as 192.168.1.1 or [fd00::1]:53',
      ),
  ),
  LOG_LEVEL: optional(z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` })),
  WORKERS: optional(whole(1, 64, 'must be a whole number of processes from 1 to 64')),
  DRAIN_SECONDS: optional(whole(0, 600, 'must be a whole number of seconds from 0 to 600')),
  TRUST_DAYS_MAX: optional(whole(1, 3650, 'must be a whole number of days from 1 to 3650')),
  AUDIT_DAYS: optional(whole(30, 3650, 'must be a whole number of days from 30 to 3650')),
  USES_DAYS: optional(whole(30, 400, 'must be a whole number of days from 30 to 400')),
});

/** The names of all settings. */
export const SETTINGS: readonly string[] = Object.keys(Settings.shape);

/** The code of a system error, for a line that says what went wrong without saying more. */
const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';

/** Made once, so that sessions survive a restart; only this account reads it. */
function keptSecret(dataDir: string): string {
  makeDataDirectory(dataDir);
  const file = path.join(dataDir, 'auth-secret');
  return keptText(file, () => randomBytes(48).toString('base64url')).text;
}

/**
 * Settings from `source`, without touching the process.
 *
 * Unless AUTH_SECRET or DATABASE_URL is given, the secret is read from `DATA_DIR/auth-secret`,
 * which is made when missing.
 *
 * @throws EnvError with every fault.
 */
export function parseEnv(source: Source): Env {
  const parsed = Settings.safeParse(source);
  const lines = (parsed.error?.issues ?? []).map(
    ({ path: [name], message }) => `${String(name)} ${message}.`,
  );
  const isUnset = (name: string) => (source[name] ?? '').trim() === '';
  if (!isUnset('DATABASE_URL') && isUnset('AUTH_SECRET')) {
    lines.push(
      'AUTH_SECRET must be set when DATABASE_URL is: every instance needs the same one. `openssl rand -base64 48` makes a good one.',
    );
  }
  if (isUnset('DATABASE_URL') && (parsed.data?.WORKERS ?? 1) > EMBEDDED_WORKERS_MAX) {
    lines.push(
      `WORKERS must be at most ${EMBEDDED_WORKERS_MAX} on the embedded database, which takes 100 connections of which each worker holds 12; set DATABASE_URL for more.`,
    );
  }
  if (!parsed.success) throw new EnvError(lines);

  const settings = parsed.data;
  const dataDir = path.resolve(settings.DATA_DIR ?? '.data');
  let authSecret = settings.AUTH_SECRET ?? '';
  if (authSecret === '' && settings.DATABASE_URL === undefined) {
    try {
      authSecret = keptSecret(dataDir);
      if (authSecret.length < SECRET_LENGTH_MIN) {
        lines.push(
          `AUTH_SECRET, kept in the file auth-secret of DATA_DIR, has less than ${SECRET_LENGTH_MIN} characters; remove that file to have a new one made (everybody is then logged out).`,
        );
      }
    } catch (error) {
      lines.push(
        explainStrangersFiles(dataDir) ??
          `DATA_DIR can't be written (${codeOf(error)}); make it writable for this account, or choose another directory.`,
      );
    }
  }
  if (lines.length > 0) throw new EnvError(lines);

  const port = settings.PORT ?? 3000;
  const appUrl = new URL(settings.APP_URL ?? `http://localhost:${port}`);
  const isIp = /^[\d.]+$|^\[/.test(appUrl.hostname);
  const mailHost = isIp ? `[${appUrl.hostname.replace(/^\[|\]$/g, '')}]` : appUrl.hostname;
  return {
    port,
    host: settings.HOST ?? '127.0.0.1',
    appUrl,
    isSecure: appUrl.protocol === 'https:',
    databaseUrl: settings.DATABASE_URL ?? null,
    dataDir,
    authSecret,
    trustedProxies: settings.TRUSTED_PROXIES ?? '',
    clientIpHeader: settings.CLIENT_IP_HEADER ?? 'x-forwarded-for',
    privateClients:
      settings.PRIVATE_CLIENTS ?? (LOOPBACK_NAMES.has(appUrl.hostname) ? 'allow' : 'refuse'),
    isTrial: !settings.TRUSTED_PROXIES && settings.PRIVATE_CLIENTS === undefined,
    ipv6Prefix: settings.IPV6_PREFIX ?? 64,
    setupToken: settings.SETUP_TOKEN ?? randomBytes(24).toString('base64url'),
    setupTokenIsGenerated: settings.SETUP_TOKEN === undefined,
    smtpUrl: settings.SMTP_URL ?? null,
    mailFrom: settings.MAIL_FROM ?? `Gatehouse <no-reply@${mailHost}>`,
    logLevel: settings.LOG_LEVEL ?? 'info',
    stunUrls: settings.STUN_URLS ?? [],
    ssoAllowPrivateHosts: settings.SSO_ALLOW_PRIVATE_HOSTS ?? [],
    dnsServers: settings.DNS_SERVERS ?? [],
    workers: settings.WORKERS ?? 1,
    drainSeconds: settings.DRAIN_SECONDS ?? 5,
    trustDaysMax: settings.TRUST_DAYS_MAX ?? 90,
    auditDays: settings.AUDIT_DAYS ?? 365,
    usesDays: settings.USES_DAYS ?? 90,
    misnamed: findMisnamed(source),
    isProduction: source.NODE_ENV !== 'development' && source.NODE_ENV !== 'test',
    isDevelopment: source.NODE_ENV === 'development',
  };
}

/** Other names of what is ours, beside a letter or two too many or too few. */
const ALIASES: Readonly<Record<string, string>> = {
  TRUST_PROXY: 'TRUSTED_PROXIES',
  TRUST_PROXIES: 'TRUSTED_PROXIES',
  TRUSTED_PROXY: 'TRUSTED_PROXIES',
  PROXY_TRUSTED: 'TRUSTED_PROXIES',
  REAL_IP_HEADER: 'CLIENT_IP_HEADER',
};
/** Shorter names are too often somebody else's. */
const LEAST_LIKENED = 8;

function findMisnamed(source: Source): Env['misnamed'] {
  return Object.keys(source).flatMap((name) => {
    if (SETTINGS.includes(name) || !source[name]) return [];
    const likeness = name.toUpperCase().replaceAll('-', '_');
    const meant =
      ALIASES[likeness] ??
      SETTINGS.find((own) => own.length >= LEAST_LIKENED && isNear(likeness, own));
    return meant ? [{ name, meant }] : [];
  });
}

/** Whether two names differ by one letter at most, or two that changed places. */
function isNear(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start += 1;
  const [restA, restB] = [a.slice(start), b.slice(start)];
  return (
    restA === restB ||
    restA.slice(1) === restB ||
    restA === restB.slice(1) ||
    restA.slice(1) === restB.slice(1) ||
    (restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2))
  );
}

/**
 * What is allowed but probably not meant, for the log at start.
 */
export function envWarnings({ appUrl, isSecure, misnamed, smtpUrl }: Env): string[] {
  const warnings = misnamed.map(
    ({ name, meant }) => `${name} is no setting of Gatehouse and has no effect: ${meant} is.`,
  );
  if (!isSecure && !LOOPBACK_NAMES.has(appUrl.hostname)) {
    warnings.push(
      'APP_URL is http on a public name: passwords and session cookies travel in the clear and cookies are not Secure. Put https in front and set APP_URL to the https address.',
    );
  }
  if (smtpUrl === null && !LOOPBACK_NAMES.has(appUrl.hostname)) {
    warnings.push(
      'SMTP_URL is not set, and APP_URL is a public name: no mail leaves this server, neither invitations and new passwords nor warnings of new networks. Each is written to DATA_DIR/mail instead. Set SMTP_URL to a mail server.',
    );
  }
  return warnings;
}

/**
 * The settings of this process, checked at the first call and kept.
 *
 * @throws EnvError with every fault.
 */
export function env(): Env {
  return shared('env', () => {
    const parsed = parseEnv(process.env);
    // next-auth takes these from nowhere else; without them it would believe a caller's Host header.
    process.env.NEXTAUTH_URL = parsed.appUrl.origin;
    process.env.NEXTAUTH_SECRET = parsed.authSecret;
    return parsed;
  });
}

/** The log's level alone: the log must work while the settings are still faulty. */
export function logLevel(): LogLevel {
  return LOG_LEVELS.find((level) => level === process.env.LOG_LEVEL) ?? 'info';
}

/** What a program that we run is given of our environment, which holds secrets: enough to run. */
export function programEnv(): NodeJS.ProcessEnv {
  const { PATH, SystemRoot, TEMP, TMP, NODE_ENV } = process.env;
  return { PATH, SystemRoot, TEMP, TMP, NODE_ENV, LC_ALL: 'C', TZ: 'UTC' };
}

/** For the embedded database: what an operator's own `psql` is told (PGHOST, PGOPTIONS, …) is not meant for it. */
export function forgetPostgresVariables(): void {
  for (const name of Object.keys(process.env)) if (/^PG[A-Z]/.test(name)) delete process.env[name];
}
