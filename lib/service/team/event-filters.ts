import type { z } from 'zod';
import { GatehouseError } from '@/lib/contract/errors';
import { FIRST_PAGE, type Paging } from '@/lib/contract/paging';
import type { EventFilter, Page } from '@/lib/contract/resources';
import type { ChangeEventFilterBody, SaveEventFilterBody } from '@/lib/contract/schemas';
import { database } from '@/lib/platform/postgres/database';
import { act } from '@/lib/service/gate/act';
import type { Actor } from '@/lib/service/gate/actor';
import type { GatePass } from '@/lib/service/gate/gate';
import { showTo } from '@/lib/service/gate/masks';
import { pageOf } from '@/lib/service/paging';
import {
  changeEventFilter as change,
  countEventFilters,
  createEventFilter,
  deleteEventFilter,
  findEventFilters,
  type StoredEventFilter,
} from '@/lib/store/event-filters';
import { saidIn } from './events';

/** How many filters of a team may have a name. */
export const EVENT_FILTERS_MAX = 50;

/** The named filters of a team's activity, by name. @throws invalid_request */
export function listEventFilters(
  actor: Actor,
  teamId: string,
  paging: Paging = FIRST_PAGE,
): Promise<Page<EventFilter>> {
  return pageOf(
    {
      name: `event-filters ${teamId}`,
      sortKey: 'text',
      find: (slice) => findEventFilters(database().prisma, teamId, slice),
      positionOf: ({ name, id }) => ({ key: name, id }),
      present: (row) => presentFilter(actor, row),
    },
    paging,
  );
}

/** Gives a filter a name, for the whole team. @throws conflict when there are as many as there may be */
export async function saveEventFilter(
  actor: Actor,
  pass: GatePass,
  teamId: string,
  { name, query }: z.output<typeof SaveEventFilterBody>,
): Promise<EventFilter> {
  const row = await act(actor, pass, async (tx) => {
    if ((await countEventFilters(tx, teamId)) >= EVENT_FILTERS_MAX) {
      throw new GatehouseError(
        'conflict',
        `A team keeps at most ${EVENT_FILTERS_MAX} filters. Remove one first.`,
      );
    }
    return createEventFilter(tx, { teamId, name, query: saidIn(query) });
  });
  return presentFilter(actor, row);
}

/** @throws not_found */
export async function changeEventFilter(
  actor: Actor,
  pass: GatePass,
  teamId: string,
  id: string,
  { name, query }: z.output<typeof ChangeEventFilterBody>,
): Promise<EventFilter> {
  const changes = { ...(name !== undefined && { name }), ...(query && { query: saidIn(query) }) };
  const row = await act(actor, pass, (tx) => change(tx, teamId, id, changes));
  if (!row) throw noFilter();
  return presentFilter(actor, row);
}

/** @throws not_found */
export async function removeEventFilter(
  actor: Actor,
  pass: GatePass,
  teamId: string,
  id: string,
): Promise<void> {
  if (!(await act(actor, pass, (tx) => deleteEventFilter(tx, teamId, id)))) throw noFilter();
}

const presentFilter = (actor: Actor, { id, name, query, createdAt }: StoredEventFilter) => ({
  id,
  createdAt: createdAt.toISOString(),
  ...showTo(actor)({ name, query: query as EventFilter['query'] }),
});

const noFilter = () => new GatehouseError('not_found', 'There is no such filter.');
