import { database } from '@/lib/platform/postgres/database';
import type { Actor } from '@/lib/service/gate/actor';
import { later } from '@/lib/service/gate/later';
import { ssoChangedMail } from '@/lib/service/mail/mail';
import { mailLater } from '@/lib/service/mail/outgoing-mail';
import { findOtherOwners } from '@/lib/store/members';

/**
 * Tells the other owners, after the commit, that it was changed whom the team believes, or how far. The
 * attack: one owner's stolen session puts a provider of the thief's in the place of the company's.
 */
export function tellOwnersOfSso(
  actor: Actor,
  teamId: string,
  news: {
    /** As the end of "Olga …". */
    did: string;
    changes?: readonly string[];
    reason?: string | undefined;
  },
): void {
  const teamName = actor.teams.find(({ id }) => id === teamId)?.name ?? '';
  later('telling the owners', async () => {
    const owners = await findOtherOwners(database().prisma, teamId, actor.user.id);
    mailLater(
      ...owners.map(({ email }) =>
        ssoChangedMail({
          to: email,
          teamId,
          teamName,
          changedBy: actor.user.name,
          at: actor.now,
          address: actor.client.address,
          did: news.did,
          changes: news.changes ?? [],
          reason: news.reason ?? null,
        }),
      ),
    );
  });
}
