import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import * as mails from './mail';

vi.mock('@/lib/platform/env', () => ({
  env: () => ({ appUrl: new URL('https://gate.example.com') }),
}));

const at = new Date('2026-11-26T12:00:00Z');
const to = 'valerie@example.com';
const team = { to, teamId: 'team_1', teamName: 'Harbour', changedBy: 'Olga', at, reason: null };
const written = [
  mails.inviteMail({ to, teamName: 'Harbour', invitedBy: 'Olga', role: 'member', token: 'x' }),
  mails.testMail({ to, teamName: 'Harbour' }),
  mails.resetMail({ to, token: 'x', isLast: false }),
  mails.resetMail({ to, token: 'x', isLast: true }),
  mails.joinedMail({ to, through: 'Harbour', isInvited: true, at, address: null }),
  mails.joinedMail({ to, through: 'Example ID', at, address: null }),
  mails.joinMail({ to, providerName: 'Example ID', token: 'x', address: null }),
  mails.ssoLinkedMail({
    to,
    providerName: 'Example ID',
    provenBy: 'mail',
    ended: { isPasswordRemoved: true },
  }),
  mails.passwordNotUsedMail({ to, at, address: null }),
  mails.wrongProofsMail({ to, at, address: null, program: 'gatehouse-cli', count: 20 }),
  mails.passwordChangedMail({ to, at, address: null }),
  mails.reportedMail({ to, at, address: null }),
  mails.containedMail({
    to,
    teamName: 'Harbour',
    by: 'Olga',
    at,
    endedSessions: 1,
    revokedNetworks: 2,
    reason: 'a stolen laptop',
  }),
  mails.newNetworkMail({ to, at, address: '1.2.3.4', providerName: null }),
  mails.newNetworkMail({ to, at, address: '1.2.3.4', providerName: 'Example ID' }),
  mails.ruleWeakenedMail({ ...team, off: { until: at } }),
  mails.ruleWeakenedMail({ ...team, off: null }),
  mails.ssoChangedMail({ ...team, address: null, did: 'removed it', changes: ['It is gone'] }),
];

describe('F25: what a mail advises can be done', () => {
  it('every kind of mail is looked at', () => {
    const kinds = Object.keys(mails).filter((name) => name.endsWith('Mail'));
    expect(kinds.length).toBeGreaterThan(5);
    expect(new Set(written.map(({ subject }) => subject)).size).toBeGreaterThan(5);
    // Four in two forms.
    expect(written).toHaveLength(kinds.length + 4);
  });

  it.each(written)(
    '$subject: each address in it is a page, alone at the end of a phrase',
    ({ text }) => {
      for (const [url] of text.matchAll(/https:\/\/\S+/g)) {
        const { origin, pathname } = new URL(url.replace(/[).:,]*$/, ''));
        expect(origin).toBe('https://gate.example.com');
        expect(isPage(pathname), pathname).toBe(true);
      }
    },
  );
});

/** Whether a path is that of a page in `app`: names as they are, ids in brackets. */
function isPage(pathname: string): boolean {
  const parts = pathname.slice(1).replace('team_1', '[teamId]').split('/');
  const groups = ['(app)', '(open)'].flatMap((group) => [
    path.join(group, ...parts, 'page.tsx'),
    path.join(group, ...parts, '(list)', 'page.tsx'),
  ]);
  return groups.some((file) => existsSync(path.join(import.meta.dirname, '../../../app', file)));
}
