import { env } from '@/lib/platform/env';
import { log } from '@/lib/platform/log';
import { deleteOldMail } from '@/lib/platform/mailer';
import { onShutdown } from '@/lib/platform/shutdown';
import { deletePastRetention } from '@/lib/store/retention';

const HOUR_MS = 60 * 60 * 1000;

/** Deletes what is past its time, now and every hour, until the process stops. A failure waits for the next hour. */
export function keepRetention(): void {
  const run = () => {
    deletePastRetention(env())
      .then((deleted) => log().debug({ deleted }, 'deleted what is past its time'))
      .catch((err: unknown) => log().warn({ err }, 'what is past its time could not be deleted'));
    deleteOldMail().catch((err: unknown) => log().warn({ err }, 'old mail could not be deleted'));
  };
  run();
  const timer = setInterval(run, HOUR_MS);
  timer.unref();
  onShutdown('retention', () => clearInterval(timer));
}
