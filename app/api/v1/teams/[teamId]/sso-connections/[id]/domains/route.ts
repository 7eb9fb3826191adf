import { AddSsoDomainBody } from '@/lib/contract/sso';
import { route } from '@/lib/http/route';
import { addSsoDomain } from '@/lib/service/sso-domains';

export const POST = route({
  session: 'required',
  permission: 'sso.change',
  gate: 'team.manage',
  fresh: true,
  body: AddSsoDomainBody,
  status: 201,
  handle: ({ actor, pass, team, params, body }) =>
    addSsoDomain(actor, pass, team.id, params.id ?? '', body.domain),
});
