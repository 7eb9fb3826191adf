import { Callout } from '@/components/ui/callout';
import { RelativeTime } from '@/components/ui/relative-time';

const waits = (count: number) =>
  count === 1 ? 'One mail is waiting' : `${count} mails are waiting`;
const wereGivenUp = (count: number) =>
  count === 1 ? 'One mail of the last day was' : `${count} mails of the last day were`;

/** For owners: that mail of Gatehouse does not leave, why, and what to do. */
export function MailNotice({
  waiting,
  givenUp,
  since,
  message,
  cure,
}: {
  waiting: number;
  givenUp: number;
  since: string | null;
  message: string;
  cure: string;
}) {
  return (
    <div className="mb-6">
      <Callout tone="warn" title="Mail does not leave">
        <p>
          {message} {cure}
        </p>
        {waiting > 0 && since ? (
          <p>
            <span>{waits(waiting)}, the oldest written </span>
            <RelativeTime at={since} />
            <span>. Each is tried again for a day, or while its link works.</span>
          </p>
        ) : null}
        {givenUp > 0 ? (
          <p>{wereGivenUp(givenUp)} given up: an invitation, a link or a warning did not arrive.</p>
        ) : null}
      </Callout>
    </div>
  );
}
