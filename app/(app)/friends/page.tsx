import type { Metadata } from 'next';
import { Friends } from '@/components/friends';
import { FriendsHeader } from '@/components/friends-header';
import { requirePageActor } from '@/lib/http/page';
import { listFriends } from '@/lib/service/friends';

export const metadata: Metadata = { title: 'Friends' };

export default async function FriendsPage() {
  const actor = await requirePageActor('/friends');
  const friends = await listFriends(actor);
  return (
    <>
      <FriendsHeader />
      <Friends initial={friends} />
    </>
  );
}
