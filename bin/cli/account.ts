import os from 'node:os';
import { ApiError, apiOver, listAll } from '@/lib/client/api';
import type { VerifiedIp } from '@/lib/contract/resources';
import { environment } from '../environment';
import { printable } from '../printable';
import { request } from '../transport';
import { isUnprotected, parseServerUrl, UsageError } from '../usage-error';
import type { Client } from './client';
import { EXIT, Failure } from './failure';
import { verify } from './gate';
import { findSession, removeSession, type StoredSession, writeSession } from './session-file';
import { ask, formatTable, formatTime, isInteractive, note, readPassword, say } from './terminal';

const CURRENT = { params: { id: 'current' } };

/** Signs in, and keeps the session in place of the one that was there. @throws ApiError, Unreachable, Failure */
export async function logIn(options: { url?: string; email?: string }): Promise<void> {
  const earlier = findSession();
  const address = options.url ?? environment.url() ?? earlier?.url;
  if (address === undefined) {
    throw new UsageError('Which server? Give its address: --url https://gatehouse.example.com');
  }
  const url = parseServerUrl(address);
  if (isUnprotected(url))
    note(`${url.origin} is not protected: the password can be read on the way.`);
  if (options.email === undefined && !isInteractive()) {
    throw new UsageError(
      'Who? Give your email address with --email; the password is read from the input.',
    );
  }
  const email = options.email ?? (await ask('Email: '));
  const password = await readPassword('Password: ');
  const body = { email, password, client: `gatehouse on ${printable(os.hostname(), 80)}` };
  const call = apiOver((sent) => request({ url: url.origin }, sent));
  const { token, user, verifiedIp } = await call('POST /sessions', { body });
  writeSession({ url: url.origin, token, email: user.email });
  say(`Signed in as ${printable(user.name)} <${printable(user.email)}> at ${url.origin}.`);
  say(describeNetwork(verifiedIp));
  if (earlier) await endEarlier(earlier);
}

/** A session that nobody keeps any more would live on, for whoever has a copy of its token. */
async function endEarlier(earlier: StoredSession): Promise<void> {
  try {
    const call = apiOver((sent) => request(earlier, sent));
    await call('DELETE /sessions/{id}', CURRENT);
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return;
    const why = printable(error instanceof Error ? error.message : String(error), 500);
    note(`The earlier session could not be ended; end it on the Account page. ${why}`);
  }
}

/** Ends the session here and on the server. @throws ApiError, Unreachable, Failure: the session and its file stay */
export async function logOut(client: Client): Promise<void> {
  try {
    await client.gated('DELETE /sessions/{id}', CURRENT);
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 401)) throw error;
  }
  removeSession();
  say('Signed out.');
}

/** Confirms the password, and so verifies this network. @throws ApiError, Unreachable, Failure */
export async function confirmPassword(client: Client): Promise<void> {
  const password = await readPassword(`Password of ${printable(client.session.email)}: `);
  const verification = await verify(client, password, null);
  say(describeNetwork(verification?.verifiedIp ?? null));
}

export async function showMe(client: Client, asJson: boolean): Promise<void> {
  const me = await client.gated('GET /me');
  if (asJson) return printJson(me);
  const { user, teams, session } = me;
  say(`${printable(user.name)} <${printable(user.email)}> at ${client.session.url}`);
  for (const team of teams) say(`Team: ${printable(team.name)} (${team.role})`);
  say(`Signed in until ${formatTime(session.expiresAt)}`);
  const { network, trusted, trustedUntil } = me.client;
  if (network === null) say('Network: unknown to the server');
  else if (trusted) say(`Network: ${network}, verified until ${formatTime(trustedUntil)}`);
  else say(`Network: ${network}, not verified. Run: gatehouse verify`);
}

export async function listIps(client: Client, asJson: boolean): Promise<void> {
  const ips = await listAll(client.gated, 'GET /me/verified-ips', {});
  if (asJson) return printList(ips);
  if (ips.length === 0) return say('No network is verified.');
  const rows = ips.map((ip) => [
    `${ip.network}${ip.current ? ' (this one)' : ''}`,
    ip.state,
    ip.method,
    formatTime(ip.verifiedAt),
    formatTime(ip.trustedUntil),
    ip.id,
  ]);
  const head = ['NETWORK', 'STATE', 'BY', 'VERIFIED', 'UNTIL', 'ID'];
  for (const line of formatTable(head, rows)) say(line);
}

/** @param wanted an id, a network or an address */
export async function revokeIp(client: Client, wanted: string): Promise<void> {
  const ips = await listAll(client.gated, 'GET /me/verified-ips', {});
  const ip = ips.find(({ id, network, address }) => [id, network, address].includes(wanted));
  if (!ip) {
    throw new Failure(
      EXIT.failed,
      `No verified network is ${printable(wanted)}. Run: gatehouse ips`,
    );
  }
  await client.gated('DELETE /me/verified-ips/{id}', { params: { id: ip.id } });
  say(`${ip.network} is no longer verified.`);
}

/** As a program reads it: a list that is whole. */
export function printList(data: unknown[]): void {
  printJson({ data, nextCursor: null });
}

function printJson(value: unknown): void {
  say(JSON.stringify(value, null, 2));
}

function describeNetwork(ip: VerifiedIp | null): string {
  return ip === null
    ? 'The server can’t tell which network this is, so none was verified.'
    : `This network (${ip.network}) is verified until ${formatTime(ip.trustedUntil)}.`;
}
