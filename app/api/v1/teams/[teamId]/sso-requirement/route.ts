import { ChangeSsoRequirementBody } from '@/lib/contract/sso';
import { route } from '@/lib/http/route';
import { changeSsoRequirement, showSsoRequirement } from '@/lib/service/sso-domains';

export const GET = route({
  session: 'required',
  permission: 'sso.view',
  handle: ({ team }) => showSsoRequirement(team.id),
});

export const PATCH = route({
  session: 'required',
  permission: 'sso.change',
  gate: 'team.manage',
  fresh: true,
  body: ChangeSsoRequirementBody,
  handle: ({ actor, pass, team, body }) => changeSsoRequirement(actor, pass, team.id, body),
});
