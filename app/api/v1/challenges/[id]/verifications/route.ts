import { serve } from '@/lib/http/route';
import { verifyChallenge } from '@/lib/service/account/verifications';

export const POST = serve('POST /challenges/{id}/verifications', ({ params, body, origin }) =>
  verifyChallenge(params.id, body, origin),
);
