import { signedOut } from '@/lib/http/answers';
import { route } from '@/lib/http/route';
import { endSession } from '@/lib/service/sessions';

/** `current` is an alias for the session that asks. */
export const DELETE = route({
  session: 'required',
  handle: async ({ actor, pass, params }) => {
    const wasCurrent = await endSession(actor, pass, params.id ?? '');
    return wasCurrent ? signedOut(actor) : undefined;
  },
});
