import { PageQuery } from '@/lib/contract/schemas';
import { CreateSsoConnectionBody } from '@/lib/contract/sso';
import { route } from '@/lib/http/route';
import { addSsoConnection, listSsoConnections } from '@/lib/service/sso-connections';

export const GET = route({
  session: 'required',
  permission: 'sso.view',
  query: PageQuery,
  handle: ({ actor, team, query }) => listSsoConnections(actor, team.id, query),
});

export const POST = route({
  session: 'required',
  permission: 'sso.change',
  gate: 'team.manage',
  fresh: true,
  body: CreateSsoConnectionBody,
  status: 201,
  handle: ({ actor, pass, team, body }) => addSsoConnection(actor, pass, team.id, body),
});
