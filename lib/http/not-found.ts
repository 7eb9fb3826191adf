import { GatehouseError } from '@/lib/contract/errors';
import { currentOrigin } from './request-context';
import { presentError } from './route';

/** Whatever no route answers. */
export async function notFound(request: Request): Promise<Response> {
  return presentError(
    new GatehouseError('not_found', 'There is no such call.'),
    request,
    currentOrigin(),
  );
}
