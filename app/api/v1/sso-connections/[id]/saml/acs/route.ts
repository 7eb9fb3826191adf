import { samlResponse } from '@/lib/http/saml';

export const POST = samlResponse;
