import { MemberPageSkeleton } from '@/components/members/member-page';

export default function MemberLoading() {
  return <MemberPageSkeleton />;
}
