import { redirect } from 'next/navigation';
import { page, pageActor } from '@/lib/http/page';
import { isSetUp } from '@/lib/service/account/set-up';

/** Where to begin. */
export default page(async function StartPage(): Promise<never> {
  if (!(await isSetUp())) redirect('/setup');
  redirect((await pageActor()) ? '/computers' : '/login');
});
