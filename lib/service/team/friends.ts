import { GatehouseError, invalidField } from '@/lib/contract/errors';
import { FIRST_PAGE, type Paging } from '@/lib/contract/paging';
import type { Friend, Page } from '@/lib/contract/resources';
import { goesToServer } from '@/lib/platform/mailer';
import { database } from '@/lib/platform/postgres/database';
import { requireEmail } from '@/lib/service/account/authentication';
import { act } from '@/lib/service/gate/act';
import { type Actor, actorOrigin } from '@/lib/service/gate/actor';
import type { GatePass } from '@/lib/service/gate/gate';
import { LIMITS, requirePoint } from '@/lib/service/gate/limits';
import { byTime, pageOf } from '@/lib/service/paging';
import {
  acceptFriendRequest,
  createFriendRequest,
  deleteFriendship,
  findFriendships,
  type StoredFriendship,
} from '@/lib/store/friends';
import { writeTallied } from '@/lib/store/tallies';
import { isEmailConfirmed } from '@/lib/store/users';

/**
 * Friends and requests, by email. A request stands whether or not somebody has this address, so that
 * nobody learns from it who has an account; where mail goes out, it is found by who has confirmed it. The
 * latest made first.
 * @throws invalid_request
 */
export function listFriends(
  actor: Actor,
  { state, ...paging }: Paging & { state?: Friend['state'] | undefined } = FIRST_PAGE,
): Promise<Page<Friend>> {
  return pageOf(
    {
      name: `friends ${actor.user.id}`,
      sortKey: 'time',
      find: (slice) => findFriendships(database().prisma, selfOf(actor), slice, { state }),
      positionOf: (row) => byTime(row.createdAt, row.id),
      present: presentFriend,
    },
    paging,
  );
}

/** Where no mail goes out nobody's address can be confirmed, and whoever invites is shown the token. */
const selfOf = ({ user }: Actor) => ({ ...user, needsConfirmation: goesToServer() });

/** Whether requests to the reader's address wait until it is confirmed. */
export async function requestsWait(actor: Actor): Promise<boolean> {
  const { id, needsConfirmation } = selfOf(actor);
  return needsConfirmation && !(await isEmailConfirmed(database().prisma, id));
}

function presentFriend(row: StoredFriendship): Friend {
  const { id, accepted, requestedByMe, email, name, createdAt } = row;
  const state = accepted ? 'friends' : requestedByMe ? 'outgoing' : 'incoming';
  return {
    id,
    state,
    email,
    name: state === 'outgoing' ? null : name,
    createdAt: createdAt.toISOString(),
  };
}

/**
 * Asks somebody. Asking again, or asking who has asked already, changes nothing (the other's request
 * is accepted from the list).
 * @throws invalid_request, too_many_requests
 */
export async function requestFriend(
  actor: Actor,
  pass: GatePass,
  body: { email: string },
): Promise<{ status: 'requested' }> {
  const email = requireEmail(body.email, 'email');
  if (email === actor.user.email) {
    throw invalidField('email', 'Your own address', 'This is your own address.');
  }
  await requirePoint(LIMITS.addFriend, actor.user.id);
  await act(actor, pass, async (tx) => {
    await createFriendRequest(tx, selfOf(actor), email);
    // Whom is not told, and asking again changes nothing: of many, how many is all there is to say.
    await writeTallied(tx, actorOrigin(actor), {
      type: 'friend.requested',
      action: 'friend.add',
      finding: pass.finding,
    });
  });
  return { status: 'requested' };
}

/** @throws not_found unless the request was made to the actor */
export async function acceptFriend(actor: Actor, pass: GatePass, id: string): Promise<Friend> {
  await act(actor, pass, async (tx, audit) => {
    if (!(await acceptFriendRequest(tx, id, selfOf(actor)))) throw noFriend();
    await audit({
      type: 'friend.accepted',
      action: 'friend.add',
      finding: pass.finding,
      after: { friendshipId: id },
    });
  });
  const one = { after: null, rows: 1 };
  const [row] = await findFriendships(database().prisma, selfOf(actor), one, { id });
  if (!row) throw noFriend();
  return presentFriend(row);
}

/**
 * Declines, withdraws or ends it: whichever of the two asks. Nobody but both can bring it back, so it is
 * gated as adding one is.
 * @throws not_found
 */
export async function removeFriend(actor: Actor, pass: GatePass, id: string): Promise<void> {
  await act(actor, pass, async (tx, audit) => {
    if (!(await deleteFriendship(tx, id, selfOf(actor)))) throw noFriend();
    await audit({
      type: 'friend.removed',
      action: 'friend.add',
      finding: pass.finding,
      before: { friendshipId: id },
    });
  });
}

function noFriend(): GatehouseError {
  return new GatehouseError('not_found', 'There is no such friend or request.');
}
