import { database } from '@/lib/platform/database';
import { findOtherOwners } from '@/lib/store/members';
import type { Actor } from './actor';
import { later } from './later';
import { ssoChangedMail } from './mail';
import { mailLater } from './outgoing-mail';

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
