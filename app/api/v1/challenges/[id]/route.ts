import { serve } from '@/lib/http/route';
import { showChallenge } from '@/lib/service/account/verifications';

export const GET = serve('GET /challenges/{id}', ({ params, origin }) =>
  showChallenge(params.id, origin),
);
