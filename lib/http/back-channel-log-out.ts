import { logOutByBackChannel } from '@/lib/service/sso/log-out';
import { route } from './call';
import { readFormMember } from './form';
import { orProblem } from './route';

/** OpenID Connect Back-Channel Logout 1.0, 2.5: the provider itself calls, with a token that it signed. */
export const backChannelLogOut = route((asked, { id = '' }) =>
  orProblem(asked, async (origin) => {
    const token = await readFormMember(asked, 'logout_token');
    await logOutByBackChannel(id, token, origin);
    return {
      status: 204,
      headers: { 'Cache-Control': 'no-store', 'X-Request-Id': origin.requestId },
      body: null,
    };
  }),
);
