import type { ReactNode } from 'react';
import { page } from '@/lib/http/page';
import { findComputer } from './find-computer';

/** Above the `loading.tsx`, so that a computer one may not connect to is a real 404. */
export default page(async function ComputerLayout({
  params,
  children,
}: {
  params: Promise<{ id: string }>;
  children: ReactNode;
}) {
  await findComputer((await params).id);
  return children;
});
