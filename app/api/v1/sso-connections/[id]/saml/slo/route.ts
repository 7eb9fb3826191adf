import { samlLogOut } from '@/lib/http/saml';

export const GET = samlLogOut;
export const POST = samlLogOut;
