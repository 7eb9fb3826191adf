import { route } from '@/lib/http/route';
import { removeFriend } from '@/lib/service/friends';

export const DELETE = route({
  session: 'required',
  gate: 'friend.add',
  handle: ({ actor, pass, params }) => removeFriend(actor, pass, params.id ?? ''),
});
