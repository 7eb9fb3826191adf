import { serve } from '@/lib/http/route';
import { sendTestMail } from '@/lib/service/team/first-steps';

export const POST = serve('POST /teams/{teamId}/test-mails', ({ actor, pass, team }) =>
  sendTestMail(actor, pass, team),
);
