import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  connectionLives,
  hostMayComeFrom,
  LIVE_STATES,
  mayConnect,
  modeIn,
  sessionLives,
  trustStands,
} from './facts';

const MIGRATIONS = path.join(import.meta.dirname, '../../prisma/migrations');
/** The last migration from before facts were said once. */
const LAST_FREE_MIGRATION = '20261126210000_size';

/** How each fact gives itself away, where somebody spells it by hand. */
const FACTS: [name: string, sql: string, sign: RegExp][] = [
  ['the trust in a network stands', trustStands('v', '$1'), /verified_at\s*(?:>|<=)/],
  ['a session is live', sessionLives('s'), /expires_at\s*>[^;]{0,60}last_seen_at\s*>/],
  ['a user may connect to a computer', mayConnect('c', '$1'), /\baccess\s*(?:=|<>|IN)\s*\(?'/],
  ['a key may be used from an address', hostMayComeFrom('$1'), /<<=\s*ANY/],
  [
    'a connection has not ended',
    `state IN ${LIVE_STATES}`,
    /IN\s*\([^)]*'(?:waiting_for_host|accepted)'/,
  ],
  [
    'a connection is live',
    connectionLives('c'),
    /'waiting_for_host'\s+AND[^;]{0,60}expires_at\s*>/,
  ],
  ['the mode of an action', modeIn('r', 'friend.add'), /\bmodes\b[^;]{0,120}->>\s*'/],
];

const sources = [...readStore(), ...readMigrations()];

describe('each fact of SQL is said once', () => {
  it('saw the files that ask', () => {
    expect(sources.map(({ file }) => file)).toEqual(
      expect.arrayContaining(['signalling.ts', 'sso/identities.ts', 'connections.ts']),
    );
  });

  it.each(FACTS)('%s', (_name, sql, sign) => {
    expect(sql, 'the sign is one of the fact').toMatch(sign);
    expect(sources.filter(({ text }) => sign.test(text)).map(({ file }) => file)).toEqual([]);
  });
});

it('is made from what the policy says', () => {
  expect(LIVE_STATES).toBe("('waiting_for_host', 'accepted')");
  expect(sessionLives('s')).toContain("interval '336 hours'");
});

function readStore() {
  return readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !/(?:\.test|^facts)\.ts$/.test(file))
    .map((file) => ({ file, text: readFileSync(path.join(import.meta.dirname, file), 'utf8') }));
}

function readMigrations() {
  return readdirSync(MIGRATIONS)
    .filter((name) => name > LAST_FREE_MIGRATION && !name.includes('.'))
    .map((file) => ({
      file,
      text: readFileSync(path.join(MIGRATIONS, file, 'migration.sql'), 'utf8'),
    }));
}
