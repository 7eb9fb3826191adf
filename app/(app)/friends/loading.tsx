import { FriendsHeader } from '@/components/friends-header';
import { FriendsSkeleton } from '@/components/friends-table';

export default function FriendsLoading() {
  return (
    <>
      <FriendsHeader />
      <FriendsSkeleton />
    </>
  );
}
