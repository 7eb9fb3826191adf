import { MemberPageSkeleton } from '@/components/member-page';

export default function MemberLoading() {
  return <MemberPageSkeleton />;
}
