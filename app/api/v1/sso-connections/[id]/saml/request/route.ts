import { samlRequest } from '@/lib/http/saml';

export const GET = samlRequest;
