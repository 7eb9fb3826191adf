import { samlMetadata } from '@/lib/http/saml';

export const GET = samlMetadata;
