import { serve } from '@/lib/http/route';
import { reportAccount } from '@/lib/service/account/containment';

export const POST = serve('POST /me/containment', ({ actor, pass }) => reportAccount(actor, pass));
