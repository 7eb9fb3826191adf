'use client';

import { useQueryClient } from '@tanstack/react-query';
import dynamic from 'next/dynamic';
import { useState } from 'react';
import { type RuleChange, RuleDetails } from '@/components/rules/rule-details';
import { RefreshFailed } from '@/components/shell/refresh-failed';
import { Callout } from '@/components/ui/callout';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { Card } from '@/components/ui/section';
import { Segmented } from '@/components/ui/segmented';
import { Switch } from '@/components/ui/switch';
import { Until } from '@/components/ui/until';
import type { AppRule, AuditEvent, Page } from '@/lib/contract/resources';
import { call } from '@/lib/react/call';
import { useGatedMutation } from '@/lib/react/gated-mutation';
import { queryKey, useCall } from '@/lib/react/queries';
import { untilReturnMs } from '@/lib/react/return-time';

// It stands in the page as it is made; the words for all events, by which it comes alive, come later.
const RuleHistory = dynamic(() =>
  import('@/components/rules/rule-history').then((module) => module.RuleHistory),
);

const times = [
  { value: '1', label: '1 hour' },
  { value: '24', label: '24 hours' },
  { value: 'open', label: 'Until I switch it on' },
] as const;
type OffTime = (typeof times)[number]['value'];

/** The App Rules of a team: the switch, and beneath it how long and for what. */
export function AppRules({
  teamId,
  initial,
  mayChange,
  wouldBeBlocked,
  history,
}: {
  teamId: string;
  initial: Page<AppRule>;
  /** The last changes, as the page was rendered with them. */
  history: Page<AuditEvent>;
  /** Owners may. */
  mayChange: boolean;
  /** Prompts of the last 30 days, of all members, that enforcing everything would have meant. */
  wouldBeBlocked: number;
}) {
  const queries = useQueryClient();
  const params = { teamId };
  const query = useCall(
    'GET /teams/{teamId}/app-rules',
    { params },
    {
      initialData: initial,
      refetchInterval: ({ state }) =>
        untilReturnMs(state.data?.data.map((one) => one.ipVerification.offUntil) ?? []),
    },
  );
  const rule = query.data.data.find((candidate) => candidate.isDefault);
  const change = useGatedMutation({
    mutationFn: (body: RuleChange) =>
      call('PATCH /teams/{teamId}/app-rules/{ruleId}', {
        params: { teamId, ruleId: rule?.id ?? '' },
        body,
      }),
    onSuccess: (changed) => {
      void queries.invalidateQueries({ queryKey: queryKey('GET /me') });
      void queries.invalidateQueries({
        queryKey: queryKey('GET /teams/{teamId}/events', { params }),
      });
      queries.setQueryData<Page<AppRule>>(
        queryKey('GET /teams/{teamId}/app-rules', { params }),
        (page) => ({
          nextCursor: null,
          data: (page?.data ?? []).map((one) => (one.id === changed.id ? changed : one)),
        }),
      );
    },
  });
  const [isAsking, setIsAsking] = useState(false);
  const [time, setTime] = useState<OffTime>('1');
  if (!rule) {
    return (
      <Callout tone="danger" title="This team has no App Rules">
        IP Verification is on, with its defaults, until they exist. Tell whoever runs this
        Gatehouse.
      </Callout>
    );
  }

  const { enabled, trustDays, offUntil, offBy, offReason } = rule.ipVerification;
  const readOnly = mayChange
    ? null
    : 'Only owners of the team change App Rules. Ask one of them if something here should be otherwise.';
  const isSwitching = change.isPending && change.variables?.ipVerification.enabled !== undefined;
  return (
    <div className="flex flex-col gap-8">
      <RefreshFailed query={query} />
      <Card>
        <Switch
          size="lg"
          label="IP Verification"
          checked={enabled}
          pending={isSwitching}
          disabledReason={readOnly}
          description={
            enabled
              ? `Stolen sign-ins don’t work from new networks. Members confirm once per network, every ${trustDays === 1 ? 'day' : `${trustDays} days`}.`
              : 'Anyone with a stolen sign-in of a member can use it from anywhere.'
          }
          onCheckedChange={(next) => {
            change.reset();
            if (next) change.mutate({ ipVerification: { enabled: true } });
            else {
              setTime('1');
              setIsAsking(true);
            }
          }}
        />
        {enabled ? null : (
          <p className="mt-4 border-t border-line pt-3 wrap-anywhere">
            {offUntil === null ? (
              <span key="open">Off until an owner switches it on.</span>
            ) : (
              <span key="timed">
                Off until <Until at={offUntil} />, then on by itself.
              </span>
            )}
            {offReason === null ? null : (
              <span>
                {' '}
                By {offBy?.name ?? 'somebody who is gone'}: {offReason}
              </span>
            )}
          </p>
        )}
        {change.error && isOfSwitch(change.variables) && !isAsking ? (
          <div className="mt-4">
            <Callout tone="danger" live>
              {change.error.message}
            </Callout>
          </div>
        ) : null}
      </Card>

      <RuleDetails
        teamId={teamId}
        rule={rule}
        readOnly={readOnly}
        wouldBeBlocked={wouldBeBlocked}
        error={isOfSwitch(change.variables) ? null : change.error}
        onSave={(body) => change.mutateAsync(body)}
        onStart={() => change.reset()}
      />

      <RuleHistory teamId={teamId} initial={history} />

      <ConfirmDialog
        open={isAsking}
        onOpenChange={setIsAsking}
        title="Switch IP Verification off?"
        fields={
          <div className="flex flex-col gap-1.5">
            <p className="font-medium">For how long</p>
            <Segmented label="For how long" value={time} onValueChange={setTime} options={times} />
          </div>
        }
        confirmLabel="Switch off"
        cancelLabel="Keep it on"
        reason={{
          label: 'Reason',
          hint: 'Kept in Activity, and mailed to the other owners.',
          required: true,
        }}
        error={change.error?.message}
        onConfirm={(reason) =>
          change.mutateAsync({
            ipVerification: {
              enabled: false,
              ...(time !== 'open' && { offHours: Number(time) }),
            },
            reason,
          })
        }
      >
        <p>
          While it is off, a stolen sign-in of any member works from anywhere: for connecting to
          Team Computers, adding friends, and changing this team. Every member is told that it is
          off.
        </p>
        <p>To see what enforcing would mean without it, set the actions to Monitor instead.</p>
      </ConfirmDialog>
    </div>
  );
}

function isOfSwitch(body: RuleChange | undefined): boolean {
  return body?.ipVerification.enabled !== undefined;
}
