import { listAll } from '@/lib/client/api';
import type { Computer } from '@/lib/contract/resources';
import { printable } from '../printable';
import { printList } from './account';
import type { Client } from './client';
import { EXIT, Failure } from './failure';
import { formatTable, formatTime, say } from './terminal';

export async function listComputers(client: Client, asJson: boolean): Promise<void> {
  const computers = await listAll(client.gated, 'GET /computers', {});
  if (asJson) return printList(computers);
  if (computers.length === 0) return say('There is no computer that you may connect to.');
  const rows = computers.map(({ id, name, online, lastSeenAt }) => [
    printable(name),
    online ? 'online' : 'offline',
    online ? 'now' : formatTime(lastSeenAt),
    id,
  ]);
  for (const line of formatTable(['NAME', 'STATE', 'LAST SEEN', 'ID'], rows)) say(line);
}

/** The one computer of this id or name. @throws Failure */
export async function requireComputer(client: Client, wanted: string): Promise<Computer> {
  const computers = await listAll(client.gated, 'GET /computers', {});
  const byId = computers.find(({ id }) => id === wanted);
  if (byId) return byId;
  const named = computers.filter(({ name }) => name.toLowerCase() === wanted.toLowerCase());
  const [first, second] = named;
  if (first && !second) return first;
  const problem = second
    ? `${named.length} computers have this name. Give the id of one: ${named.map(({ id }) => id).join(', ')}`
    : `There is no computer ${printable(wanted)} that you may connect to. Run: gatehouse computers`;
  throw new Failure(EXIT.failed, problem);
}
