import type { Metadata } from 'next';
import { Friends } from '@/components/friends/friends';
import { PageHeader } from '@/components/ui/page-header';
import { SHORT_PAGE } from '@/lib/contract/paging';
import { page, requirePageActor } from '@/lib/http/page';
import { isAskedForProof } from '@/lib/service/account/me';
import { listFriends, requestsWait } from '@/lib/service/team/friends';

export const metadata: Metadata = { title: 'Friends' };

export default page(async function FriendsPage() {
  const actor = await requirePageActor('/friends');
  const [friends, incoming, outgoing, areHeld] = await Promise.all([
    listFriends(actor, { ...SHORT_PAGE, state: 'friends' }),
    listFriends(actor, { ...SHORT_PAGE, state: 'incoming' }),
    listFriends(actor, { ...SHORT_PAGE, state: 'outgoing' }),
    requestsWait(actor),
  ]);
  return (
    <>
      <PageHeader
        title="Friends"
        description={
          isAskedForProof(actor)
            ? 'People you know by email. You add them from networks you have verified.'
            : 'People you know by email.'
        }
      />
      <Friends
        initial={{ friends, incoming, outgoing }}
        unconfirmed={areHeld ? actor.user.email : null}
      />
    </>
  );
});
