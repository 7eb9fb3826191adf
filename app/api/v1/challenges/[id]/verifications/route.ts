import { VerifyChallengeBody } from '@/lib/contract/schemas';
import { route } from '@/lib/http/route';
import { verifyChallenge } from '@/lib/service/verifications';

/** The prompt page where nobody is signed in; the password is the proof, and nobody is signed in after it. */
export const POST = route({
  session: 'none',
  body: VerifyChallengeBody,
  status: 201,
  handle: ({ params, body, origin }) => verifyChallenge(params.id ?? '', body, origin),
});
