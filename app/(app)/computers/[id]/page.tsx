import type { Metadata } from 'next';
import { VisitPage } from '@/components/visit/visit-page';
import { page } from '@/lib/http/page';
import { findComputer } from './find-computer';

type Props = { params: Promise<{ id: string }> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { name } = await findComputer((await params).id);
  return { title: name };
}

export default page(async function VisitRoute({ params }: Props) {
  const computer = await findComputer((await params).id);
  return <VisitPage key={computer.id} computer={computer} />;
});
