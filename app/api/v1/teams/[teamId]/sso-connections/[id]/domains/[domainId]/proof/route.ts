import { EmptyBody } from '@/lib/contract/schemas';
import { route } from '@/lib/http/route';
import { proveSsoDomain } from '@/lib/service/sso-domains';

export const POST = route({
  session: 'required',
  permission: 'sso.change',
  gate: 'team.manage',
  fresh: true,
  body: EmptyBody,
  handle: ({ actor, pass, team, params }) =>
    proveSsoDomain(actor, pass, team.id, params.id ?? '', params.domainId ?? ''),
});
