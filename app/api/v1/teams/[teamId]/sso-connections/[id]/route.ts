import { ChangeSsoConnectionBody } from '@/lib/contract/sso';
import { route } from '@/lib/http/route';
import { changeSsoConnection, removeSsoConnection } from '@/lib/service/sso-connections';

export const PATCH = route({
  session: 'required',
  permission: 'sso.change',
  gate: 'team.manage',
  fresh: true,
  body: ChangeSsoConnectionBody,
  handle: ({ actor, pass, team, params, body }) =>
    changeSsoConnection(actor, pass, team.id, params.id ?? '', body),
});

export const DELETE = route({
  session: 'required',
  permission: 'sso.change',
  gate: 'team.manage',
  fresh: true,
  handle: ({ actor, pass, team, params }) =>
    removeSsoConnection(actor, pass, team.id, params.id ?? ''),
});
