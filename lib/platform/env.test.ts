import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Env, EnvError, envWarnings, parseEnv } from './env';

const SECRET = 's'.repeat(32);

const base = mkdtempSync(path.join(tmpdir(), 'gatehouse-env-'));
afterAll(() => rmSync(base, { recursive: true }));

const scratch = () => mkdtempSync(path.join(base, 'data-'));

const parse = (settings: Record<string, string>): Env =>
  parseEnv({ AUTH_SECRET: SECRET, ...settings });

const faults = (settings: Record<string, string | undefined>): readonly string[] => {
  try {
    parseEnv({ AUTH_SECRET: SECRET, ...settings });
  } catch (error) {
    if (error instanceof EnvError) return error.lines;
    throw error;
  }
  return [];
};

describe('a bad setting stops the start', () => {
  const bad: [name: string, ...values: string[]][] = [
    ['PORT', '0', '65536', '-1', '3000x', '3e3', '0x10', '1.5'],
    ['HOST', 'a b', 'http://x', '127.0.0.1/8'],
    [
      'APP_URL',
      'localhost:3000',
      'ftp://x',
      'https://x/app',
      'https://x?a',
      'https://x/#',
      'https://u:p@x',
    ],
    ['DATABASE_URL', 'mysql://x', 'host=localhost', '/tmp'],
    ['AUTH_SECRET', 'x'.repeat(31)],
    ['CLIENT_IP_HEADER', 'x forwarded', 'x-real-ip:', 'x-real-ip, forwarded', 'ä'],
    ['PRIVATE_CLIENTS', 'yes', 'ALLOW', 'true'],
    ['IPV6_PREFIX', '47', '129', '/64', '6.4'],
    ['SETUP_TOKEN', 'short', 'with a blank in the middle'],
    ['SMTP_URL', 'post.example.org', 'http://mail'],
    // P16: what stands before the # would be the host.
    [
      'SMTP_URL',
      'smtp://me:12#x@mail.test',
      'smtp://me:12/x@mail.test',
      'smtp://me:12?x@mail.test',
    ],
    [
      'SMTP_URL',
      'smtp://me:pa#ss@mail.test',
      'smtp://me:100%x@mail.test',
      'smtp://mail.test/inbox',
    ],
    ['MAIL_FROM', 'nobody', 'a@x.test, b@x.test', 'x\r\nBcc: y <a@x.test>'],
    ['MAIL_FROM', 'a@x.test, b <c@x.test>', '"a" <a@x.test>, b <b@x.test>', '"a <a@x.test>'],
    [
      'DNS_SERVERS',
      'dns.example',
      '127.1',
      '10.0.0.1:0',
      '10.0.0.1:99999',
      '10.0.0.1,',
      '[10.0.0.1]',
    ],
    [
      'SSO_ALLOW_PRIVATE_HOSTS',
      'https://idp.lan',
      'idp.lan:8443',
      '*.lan',
      'idp.lan,,b.lan',
      'idp.lan,',
      'idp lan',
      'login.lan.',
      '127.1',
      '10.0.0.0/8',
      '[fd00::1]',
      'fe80::1%eth0',
    ],
    ['LOG_LEVEL', 'loud', 'INFO'],
    ['TRUST_DAYS_MAX', '0', '3651', 'ninety'],
    ['USES_DAYS', '29', '401', 'all'],
    ['WORKERS', '0', '65', '1.5', 'all', '8'],
    ['DRAIN_SECONDS', '-1', '601', '1.5', '5s'],
  ];
  for (const [name, ...values] of bad) {
    for (const value of values) {
      it(`${name}=${JSON.stringify(value)} is named, with the cure, without the value`, () => {
        const lines = faults({ [name]: value });
        expect(lines).toHaveLength(1);
        expect(lines[0]).toMatch(new RegExp(`^${name} must .+\\.$`));
        if (value.length > 6) expect(lines[0]).not.toContain(value);
      });
    }
  }

  it('all faults are told at once', () => {
    const lines = faults({
      PORT: 'x',
      IPV6_PREFIX: '1',
      DATABASE_URL: 'postgres://x',
      AUTH_SECRET: '',
    });
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['PORT', 'IPV6_PREFIX', 'AUTH_SECRET']);
  });

  it('DATABASE_URL without AUTH_SECRET is refused: instances would not share it', () => {
    expect(faults({ DATABASE_URL: 'postgresql://x/y', AUTH_SECRET: undefined })).toHaveLength(1);
  });
});

describe('defaults', () => {
  it('are those of the contract', () => {
    const env = parse({});
    expect(env).toMatchObject({
      port: 3000,
      host: '127.0.0.1',
      isSecure: false,
      databaseUrl: null,
      dataDir: path.resolve('.data'),
      trustedProxies: '',
      clientIpHeader: 'x-forwarded-for',
      privateClients: 'allow',
      ipv6Prefix: 64,
      setupTokenIsGenerated: true,
      smtpUrl: null,
      mailFrom: 'Gatehouse <no-reply@localhost>',
      ssoAllowPrivateHosts: [],
      dnsServers: [],
      logLevel: 'info',
      isProduction: true,
    });
    expect(env.appUrl.origin).toBe('http://localhost:3000');
    expect(env.setupToken).toMatch(/^[\w-]{32}$/);
    expect(parse({}).setupToken).not.toBe(env.setupToken);
  });

  it('APP_URL follows PORT, and an empty setting is an unset one', () => {
    expect(parse({ PORT: '8080', APP_URL: ' ' }).appUrl.origin).toBe('http://localhost:8080');
  });

  it.each([
    ['http://localhost:3000', 'allow'],
    ['http://127.0.0.1:3000', 'allow'],
    ['http://[::1]:3000', 'allow'],
    ['https://gatehouse.example.com', 'refuse'],
    ['http://192.168.1.5:3000', 'refuse'],
    ['http://localhost.example.com', 'refuse'],
    ['http://127.0.0.2', 'refuse'],
  ])('with APP_URL %s private clients are by default: %s', (APP_URL, expected) => {
    expect(parse({ APP_URL }).privateClients).toBe(expected);
    expect(parse({ APP_URL, PRIVATE_CLIENTS: 'allow' }).privateClients).toBe('allow');
  });

  it('the header name is compared in lower case', () => {
    expect(parse({ CLIENT_IP_HEADER: 'CF-Connecting-IP' }).clientIpHeader).toBe('cf-connecting-ip');
  });
});

it('SSRF-23 hosts that may stand inside are read in lower case', () => {
  const hosts = (SSO_ALLOW_PRIVATE_HOSTS: string) =>
    parse({ SSO_ALLOW_PRIVATE_HOSTS }).ssoAllowPrivateHosts;
  expect(hosts('IDP.lan')).toEqual(['idp.lan']);
  expect(hosts(' idp.lan , intranet,127.0.0.1,::1 ')).toEqual([
    'idp.lan',
    'intranet',
    '127.0.0.1',
    '::1',
  ]);
  expect(hosts(' ')).toEqual([]);
});

it('resolvers are read as addresses, with or without a port', () => {
  const servers = (DNS_SERVERS: string) => parse({ DNS_SERVERS }).dnsServers;
  expect(servers('10.0.0.1, 10.0.0.2:5353,[fd00::1]:53,fd00::2')).toEqual([
    '10.0.0.1',
    '10.0.0.2:5353',
    '[fd00::1]:53',
    'fd00::2',
  ]);
  expect(servers(' ')).toEqual([]);
});

describe('the secret', () => {
  it('is made once and kept for its owner alone', () => {
    const DATA_DIR = path.join(scratch(), 'new', 'data');
    const first = parseEnv({ DATA_DIR }).authSecret;
    expect(first.length).toBeGreaterThanOrEqual(32);
    expect(parseEnv({ DATA_DIR }).authSecret).toBe(first);
    const file = path.join(DATA_DIR, 'auth-secret');
    expect(readFileSync(file, 'utf8').trim()).toBe(first);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('is closed to others again when its file was opened', () => {
    const DATA_DIR = scratch();
    parseEnv({ DATA_DIR });
    chmodSync(path.join(DATA_DIR, 'auth-secret'), 0o644);
    parseEnv({ DATA_DIR });
    expect(statSync(path.join(DATA_DIR, 'auth-secret')).mode & 0o777).toBe(0o600);
  });

  it('a short kept one is refused', () => {
    const DATA_DIR = scratch();
    writeFileSync(path.join(DATA_DIR, 'auth-secret'), 'short');
    expect(faults({ DATA_DIR, AUTH_SECRET: undefined })[0]).toMatch(/^AUTH_SECRET/);
  });

  it('P5: an empty secret is a missing one', () => {
    const DATA_DIR = scratch();
    writeFileSync(path.join(DATA_DIR, 'auth-secret'), '');
    const { authSecret } = parseEnv({ DATA_DIR });
    expect(authSecret).toHaveLength(64);
    expect(parseEnv({ DATA_DIR }).authSecret).toBe(authSecret);
  });

  it('P6: a ~ that no shell has expanded is named, and no such directory is made', () => {
    for (const DATA_DIR of ['~/gatehouse', '~', '~root/x']) {
      expect(faults({ DATA_DIR })).toEqual([
        'DATA_DIR begins with ~, which only a shell expands, and none has: write the whole path.',
      ]);
    }
    expect(existsSync('~')).toBe(false);
  });

  it('a data directory that cannot be made is a fault of DATA_DIR', () => {
    const file = path.join(scratch(), 'file');
    writeFileSync(file, '');
    const lines = faults({ DATA_DIR: path.join(file, 'below'), AUTH_SECRET: undefined });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^DATA_DIR can't be written \(ENOTDIR\)/);
  });
});

it.runIf(process.platform === 'linux')(
  'a place where nothing can be made is a fault too, not a start that never ends',
  () => {
    const lines = faults({ DATA_DIR: '/proc/gatehouse/data', AUTH_SECRET: undefined });
    expect(lines[0]).toMatch(/^DATA_DIR can't be written/);
  },
);

it('http on a public name is allowed, and warned of', () => {
  const SMTP_URL = 'smtp://mail.example.com';
  expect(envWarnings(parse({ APP_URL: 'http://gatehouse.example.com', SMTP_URL }))).toHaveLength(1);
  expect(envWarnings(parse({ APP_URL: 'https://gatehouse.example.com', SMTP_URL }))).toEqual([]);
  expect(envWarnings(parse({}))).toEqual([]);
});

it.each([
  ['TRUSTED_PROXY', 'TRUSTED_PROXIES'],
  ['trusted_proxies', 'TRUSTED_PROXIES'],
  ['TRUST_PROXY', 'TRUSTED_PROXIES'],
  ['TRUSTED-PROXIES', 'TRUSTED_PROXIES'],
  ['TRUSTED_PROXEIS', 'TRUSTED_PROXIES'],
  ['CLIENT_IP_HEADERS', 'CLIENT_IP_HEADER'],
  ['PRIVATE_CLIENT', 'PRIVATE_CLIENTS'],
  ['DATABASE_URI', 'DATABASE_URL'],
])('O3: %s= is named as what has no effect, without its value', (name, meant) => {
  const [warning, ...others] = envWarnings(parse({ [name]: 'a-secret-value' }));
  expect(others).toEqual([]);
  expect(warning).toContain(`${name} `);
  expect(warning).toContain(meant);
  expect(warning).not.toContain('a-secret-value');
});

it('O12: a public server without a mail server says so', () => {
  const [warning, ...others] = envWarnings(parse({ APP_URL: 'https://gatehouse.example.com' }));
  expect(others).toEqual([]);
  expect(warning).toMatch(/^SMTP_URL is not set, .* DATA_DIR\/mail instead\. Set SMTP_URL/);
  for (const APP_URL of ['http://localhost:3000', 'http://127.0.0.1:3000', 'http://[::1]:3000']) {
    expect(envWarnings(parse({ APP_URL }))).toEqual([]);
  }
});

it('O3: names of others are not', () => {
  const others = { HOSTS: 'x', PORTS: 'x', DATA: 'x', HTTP_PROXY: 'x', TRUSTED: 'x', LOG: 'x' };
  expect(envWarnings(parse({ ...others, TRUSTED_PROXY: '' }))).toEqual([]);
});
