import { browserLogIn } from '@/lib/http/browser-log-in';

export const GET = browserLogIn;
export const POST = browserLogIn;
