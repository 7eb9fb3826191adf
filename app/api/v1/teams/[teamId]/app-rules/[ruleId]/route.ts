import { ChangeAppRuleBody } from '@/lib/contract/schemas';
import { route } from '@/lib/http/route';
import { changeAppRule } from '@/lib/service/app-rules';

export const PATCH = route({
  session: 'required',
  permission: 'rules.change',
  gate: 'team.manage',
  fresh: true,
  body: ChangeAppRuleBody,
  handle: ({ actor, pass, team, params, body }) =>
    changeAppRule(actor, pass, team, params.ruleId ?? '', body),
});
