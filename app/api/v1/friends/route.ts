import { AddFriendBody, FriendsQuery } from '@/lib/contract/schemas';
import { route } from '@/lib/http/route';
import { listFriends, requestFriend } from '@/lib/service/friends';

export const GET = route({
  session: 'required',
  query: FriendsQuery,
  handle: ({ actor, query }) => listFriends(actor, query),
});

export const POST = route({
  session: 'required',
  gate: 'friend.add',
  body: AddFriendBody,
  status: 202,
  handle: ({ actor, pass, body }) => requestFriend(actor, pass, body),
});
