import { route } from '@/lib/http/route';
import { listAppRules } from '@/lib/service/app-rules';

export const GET = route({
  session: 'required',
  permission: 'rules.view',
  handle: ({ team }) => listAppRules(team.id),
});
