import { route } from '@/lib/http/route';
import { showChallenge } from '@/lib/service/verifications';

/** For programs that wait. The unguessable id is the credential. */
export const GET = route({
  session: 'none',
  handle: ({ params, origin }) => showChallenge(params.id ?? '', origin),
});
