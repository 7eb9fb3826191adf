import { apiDocument } from '@/lib/http/api-document';
import { serve } from '@/lib/http/route';

export const GET = serve('GET /openapi.json', apiDocument);
