import { serve } from '@/lib/http/route';
import { rotateHostKey } from '@/lib/service/computers/computers';

export const POST = serve(
  'POST /teams/{teamId}/computers/{id}/keys',
  ({ actor, pass, team, params }) => rotateHostKey(actor, pass, team.id, params.id),
);
