import { PageQuery } from '@/lib/contract/schemas';
import { route } from '@/lib/http/route';
import { listAppRules } from '@/lib/service/app-rules';

export const GET = route({
  session: 'required',
  permission: 'rules.view',
  query: PageQuery,
  handle: ({ team, query }) => listAppRules(team.id, query),
});
