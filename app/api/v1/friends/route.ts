import { serve } from '@/lib/http/route';
import { listFriends, requestFriend } from '@/lib/service/team/friends';

export const GET = serve('GET /friends', ({ actor, query }) => listFriends(actor, query));

export const POST = serve('POST /friends', ({ actor, pass, body }) =>
  requestFriend(actor, pass, body),
);
