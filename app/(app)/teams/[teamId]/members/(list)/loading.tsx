import { MembersSkeleton } from '@/components/members/members';

export default function MembersLoading() {
  return <MembersSkeleton />;
}
