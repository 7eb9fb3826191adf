import type { Metadata } from 'next';
import { SessionPage } from '@/components/visit/visit-page';
import { page } from '@/lib/http/page';
import { findComputer } from './find-computer';

type Props = { params: Promise<{ id: string }> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { name } = await findComputer((await params).id);
  return { title: name };
}

export default page(async function ComputerSessionPage({ params }: Props) {
  const computer = await findComputer((await params).id);
  return <SessionPage key={computer.id} computer={computer} />;
});
