'use client';

import { useMutation } from '@tanstack/react-query';
import { useEffect } from 'react';
import { actionWords } from '@/components/gate/action-words';
import { Address } from '@/components/ui/address';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { countText, numberText } from '@/components/ui/count-text';
import { Dialog, DialogActions } from '@/components/ui/dialog';
import { TextLink } from '@/components/ui/text-link';
import type { ApiError } from '@/lib/client/api';
import type { BodyOf } from '@/lib/contract/endpoints';
import type { Simulation as Simulated } from '@/lib/contract/resources';
import { call } from '@/lib/react/call';

type Settings = BodyOf<'POST /teams/{teamId}/simulations'>['settings'];

/** What a change of App Rules would have meant in the last 30 days, before it is made. It changes nothing. */
export function Simulation({
  teamId,
  settings,
  onClose,
}: {
  teamId: string;
  settings: Settings;
  onClose: () => void;
}) {
  const {
    mutate: ask,
    data,
    error,
  } = useMutation<Simulated, ApiError, Settings>({
    mutationFn: (asked) =>
      call('POST /teams/{teamId}/simulations', { params: { teamId }, body: { settings: asked } }),
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, for what was changed when it was opened
  useEffect(() => ask(settings), []);
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      size="lg"
      title="What this would have meant"
      description="What your team used in the last 30 days, under the rules you are about to save. Nothing is changed."
    >
      {error ? (
        <Callout tone="danger" live title="It could not be told">
          {error.message}
        </Callout>
      ) : data ? (
        <Told teamId={teamId} told={data} />
      ) : (
        <p role="status" className="py-6 text-center text-muted">
          Replaying 30 days of use…
        </p>
      )}
      <DialogActions sticky>
        <Button onClick={onClose}>Close</Button>
      </DialogActions>
    </Dialog>
  );
}

function Told({ teamId, told }: { teamId: string; told: Simulated }) {
  const { before, after, perAction, people, notSimulated } = told;
  const isSame = before.prompts === after.prompts && before.blockedUses === after.blockedUses;
  return (
    <div className="flex flex-col gap-5">
      <dl className="grid grid-cols-2 gap-3">
        <Side term="As it is" counts={before} />
        <Side term="As it would be" counts={after} />
      </dl>
      {isSame ? <p>Nobody would have been asked more, or less.</p> : null}
      {perAction.length > 0 ? (
        <table className="w-full text-left tabular-nums">
          <caption className="sr-only">Prompts by action</caption>
          <thead>
            <tr className="border-b border-line text-muted">
              <th scope="col" className="py-1.5 font-medium">
                Prompts for
              </th>
              <th scope="col" className="py-1.5 text-right font-medium">
                As it is
              </th>
              <th scope="col" className="py-1.5 text-right font-medium">
                Would be
              </th>
            </tr>
          </thead>
          <tbody>
            {perAction.map((row) => (
              <tr key={row.action} className="border-b border-line last:border-0">
                <th scope="row" className="py-1.5 font-normal">
                  {actionWords(row.action).name}
                </th>
                <td className="py-1.5 text-right">{numberText(row.before.prompts)}</td>
                <td className="py-1.5 text-right">{numberText(row.after.prompts)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
      {people.length > 0 ? (
        <section>
          <h3 className="mb-2 font-medium">Who is concerned</h3>
          <ul className="divide-y divide-line rounded-lg border border-line">
            {people.map(({ user, networks, ...times }) => (
              <li key={user.id} className="px-4 py-3">
                <div className="flex flex-wrap items-baseline justify-between gap-x-4">
                  <TextLink href={`/teams/${teamId}/members/${user.id}`}>{user.name}</TextLink>
                  <span className="text-[0.8125rem] text-muted tabular-nums">
                    {`${countText(times.before, 'prompt')} → ${numberText(times.after)}`}
                  </span>
                </div>
                {networks.length > 0 ? (
                  <ul className="mt-1 flex flex-wrap gap-x-4 gap-y-1 text-[0.8125rem] text-muted">
                    {networks.map(({ network, verifiedSince }) => (
                      <li key={network} className="flex items-baseline gap-1.5">
                        <Address value={network} />
                        <span>{verifiedSince ? 'verified since' : 'never verified'}</span>
                      </li>
                    ))}
                  </ul>
                ) : null}
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      {notSimulated.length > 0 ? (
        <ul className="text-[0.8125rem] text-muted">
          {notSimulated.map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}

function Side({ term, counts }: { term: string; counts: Simulated['before'] }) {
  return (
    <div className="rounded-lg border border-line bg-sunken p-4">
      <dt className="text-muted">{term}</dt>
      <dd>
        <b className="text-xl tabular-nums">{countText(counts.prompts, 'prompt')}</b>
        <span className="block text-muted">
          {`${numberText(counts.people)} ${counts.people === 1 ? 'person' : 'people'}, ${countText(counts.blockedUses, 'request')}`}
        </span>
      </dd>
    </div>
  );
}
