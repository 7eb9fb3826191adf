import { MembersSkeleton } from '@/components/members';

export default function MembersLoading() {
  return <MembersSkeleton />;
}
