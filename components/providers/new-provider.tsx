'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { Endpoints } from '@/components/providers/endpoints';
import {
  kindWords,
  PROVIDER_CHOICES,
  type ProviderChoice,
} from '@/components/providers/provider-choices';
import { ProviderForm } from '@/components/providers/provider-form';
import { Step, Steps } from '@/components/providers/step';
import { Callout } from '@/components/ui/callout';
import { useKeptFocus } from '@/components/ui/kept-focus';
import { TextLink } from '@/components/ui/text-link';
import type { ReservedProvider } from '@/lib/contract/sso';
import { call } from '@/lib/react/call';
import { useGatedMutation } from '@/lib/react/gated-mutation';

/** A new provider, from which one it is to what it says of itself. What comes then is on its own page. */
export function NewProvider({
  teamId,
  chosen,
}: {
  teamId: string;
  /** Which one, and the id that is kept for it; null: none is chosen yet. */
  chosen: { choice: ProviderChoice; reserved: ReservedProvider } | null;
}) {
  const path = `/teams/${teamId}/sso`;
  const router = useRouter();
  const queries = useQueryClient();
  const around = useKeptFocus(chosen?.reserved.id);
  const reserve = useGatedMutation({
    mutationFn: (_choice: ProviderChoice) =>
      call('POST /teams/{teamId}/sso-reservations', { params: { teamId }, body: {} }),
    // In the address, so that a page that is loaded anew shows the same redirect URL.
    onSuccess: ({ id }, { id: provider }) =>
      router.push(`${path}/new?${new URLSearchParams({ provider, id })}`),
  });
  return (
    <div ref={around} tabIndex={-1}>
      <Steps>
        <Step
          number={1}
          title="Choose your provider"
          isDone={chosen !== null}
          description={
            chosen ? (
              <>
                <span>
                  {chosen.choice.label}, by {kindWords[chosen.choice.kind]}.
                </span>{' '}
                <TextLink href={`${path}/new`}>Choose another</TextLink>
              </>
            ) : (
              'Where the people of your company sign in.'
            )
          }
        >
          {chosen ? null : (
            <div className="flex flex-col gap-3">
              <ul className="grid gap-2 sm:grid-cols-2">
                {PROVIDER_CHOICES.map((choice) => (
                  <li key={choice.id}>
                    <ChoiceButton
                      choice={choice}
                      isPending={reserve.isPending && reserve.variables?.id === choice.id}
                      onChoose={() => reserve.mutate(choice)}
                    />
                  </li>
                ))}
              </ul>
              {reserve.error ? (
                <Callout tone="danger" live>
                  {reserve.error.message}
                </Callout>
              ) : null}
            </div>
          )}
        </Step>
        <Step
          number={2}
          title="Tell the provider where people come back to"
          description={chosen?.choice.where}
          isLater={chosen === null}
        >
          {chosen ? (
            <Endpoints endpoints={chosen.reserved.endpoints[chosen.choice.kind]} isSaved={false} />
          ) : null}
        </Step>
        <Step
          number={3}
          title="Enter what the provider gives you"
          description={chosen?.choice.gives}
          isLater={chosen === null}
        >
          {chosen ? (
            <div className="flex flex-col gap-4">
              {chosen.choice.note ? <Callout>{chosen.choice.note}</Callout> : null}
              <ProviderForm
                // Another one begins with an empty form.
                key={chosen.reserved.id}
                teamId={teamId}
                begin={{ reservedId: chosen.reserved.id, choice: chosen.choice }}
                onSaved={async ({ id }) => {
                  await queries.invalidateQueries();
                  router.replace(`${path}/${id}`);
                }}
              />
            </div>
          ) : null}
        </Step>
        <Step number={4} title="Prove your email domain" isLater />
        <Step number={5} title="Test it as yourself" isLater />
        <Step
          number={6}
          title="Switch it on"
          description="Nobody’s sign-in changes before."
          isLater
        />
      </Steps>
    </div>
  );
}

function ChoiceButton({
  choice,
  isPending,
  onChoose,
}: {
  choice: ProviderChoice;
  isPending: boolean;
  onChoose: () => void;
}) {
  return (
    <button
      type="button"
      aria-busy={isPending || undefined}
      onClick={onChoose}
      className="flex min-h-12 w-full flex-col items-start justify-center rounded-lg border border-control/60 bg-surface px-4 py-2.5 text-left hover:bg-sunken"
    >
      <span className="font-medium">{choice.label}</span>
      <span className="text-xs text-muted">{kindWords[choice.kind]}</span>
    </button>
  );
}
