import { route } from '@/lib/http/route';
import { removeSsoDomain } from '@/lib/service/sso-domains';

export const DELETE = route({
  session: 'required',
  permission: 'sso.change',
  gate: 'team.manage',
  fresh: true,
  handle: ({ actor, pass, team, params }) =>
    removeSsoDomain(actor, pass, team.id, params.id ?? '', params.domainId ?? ''),
});
