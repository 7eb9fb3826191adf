import { signedOut } from '@/lib/http/answers';
import { serve } from '@/lib/http/route';
import { endSession } from '@/lib/service/account/sessions';

export const DELETE = serve('DELETE /sessions/{id}', async ({ actor, pass, params }) => {
  const wasCurrent = await endSession(actor, pass, params.id);
  return wasCurrent ? signedOut(actor) : undefined;
});
