import type { Reported } from '@/lib/contract/resources';
import { act } from '@/lib/service/gate/act';
import type { Actor } from '@/lib/service/gate/actor';
import type { GatePass } from '@/lib/service/gate/gate';
import { reportedMail } from '@/lib/service/mail/mail';
import { mailLater } from '@/lib/service/mail/outgoing-mail';
import { endSessions } from '@/lib/store/sessions';

/**
 * “It wasn’t me”, said in a session: ends all sessions of the actor, the one that asks included, their
 * connections, and with them what is asked of each. It takes nothing else away, and so needs no proof.
 */
export async function reportAccount(actor: Actor, pass: GatePass): Promise<Reported> {
  const { user, client, now } = actor;
  const ended = await act(actor, pass, async (tx, audit) => {
    const { sessions, connections } = await endSessions(tx, user.id, 'all');
    const reported = { endedSessions: sessions, endedConnections: connections };
    await audit({ type: 'account.reported', after: reported });
    return reported;
  });
  mailLater(reportedMail({ to: user.email, at: now, address: client.address }));
  return ended;
}
