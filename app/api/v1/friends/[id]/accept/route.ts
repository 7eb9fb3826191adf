import { EmptyBody } from '@/lib/contract/schemas';
import { route } from '@/lib/http/route';
import { acceptFriend } from '@/lib/service/friends';

export const POST = route({
  session: 'required',
  gate: 'friend.add',
  body: EmptyBody,
  handle: ({ actor, pass, params }) => acceptFriend(actor, pass, params.id ?? ''),
});
