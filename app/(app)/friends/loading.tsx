import { FriendsHeader } from '@/components/friends/friends-header';
import { FriendsSkeleton } from '@/components/friends/friends-table';

export default function FriendsLoading() {
  return (
    <>
      <FriendsHeader />
      <FriendsSkeleton />
    </>
  );
}
