import { ComputersQuery } from '@/lib/contract/schemas';
import { route } from '@/lib/http/route';
import { listComputers } from '@/lib/service/computers';

export const GET = route({
  session: 'required',
  query: ComputersQuery,
  handle: ({ actor, query }) => listComputers(actor, query),
});
