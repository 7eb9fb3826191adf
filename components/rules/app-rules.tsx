'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type RuleChange, RuleDetails } from '@/components/rules/rule-details';
import { RefreshFailed } from '@/components/shell/refresh-failed';
import { Callout } from '@/components/ui/callout';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { RelativeTime } from '@/components/ui/relative-time';
import { Card } from '@/components/ui/section';
import { Switch } from '@/components/ui/switch';
import type { AppRule, Page } from '@/lib/contract/resources';
import { call } from '@/lib/react/call';
import { useGatedMutation } from '@/lib/react/gated-mutation';
import { queryKey, useCall } from '@/lib/react/queries';

/** The App Rules of a team: the switch, and beneath it how long and for what. */
export function AppRules({
  teamId,
  initial,
  mayChange,
  wouldBeBlocked,
}: {
  teamId: string;
  initial: Page<AppRule>;
  /** Owners may. */
  mayChange: boolean;
  /** Prompts of the last 30 days, of all members, that enforcing everything would have meant. */
  wouldBeBlocked: number;
}) {
  const queries = useQueryClient();
  const params = { teamId };
  const query = useCall('GET /teams/{teamId}/app-rules', { params }, { initialData: initial });
  const rule = query.data.data.find((candidate) => candidate.isDefault);
  const change = useGatedMutation({
    mutationFn: (body: RuleChange) =>
      call('PATCH /teams/{teamId}/app-rules/{ruleId}', {
        params: { teamId, ruleId: rule?.id ?? '' },
        body,
      }),
    onSuccess: (changed) => {
      void queries.invalidateQueries({ queryKey: queryKey('GET /me') });
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
  if (!rule) {
    return (
      <Callout tone="danger" title="This team has no App Rules">
        IP Verification is on, with its defaults, until they exist. Tell whoever runs this
        Gatehouse.
      </Callout>
    );
  }

  const { enabled, trustDays } = rule.ipVerification;
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
              ? `A stolen session token stops working: from a network that its user has not verified, protected actions are refused and the password is asked for. A verified network is trusted for ${trustDays} ${trustDays === 1 ? 'day' : 'days'}.`
              : 'It is off: whoever holds a session token of a member can use it from any address. Switched on, protected actions are refused from a network that the user has not verified, and the password is asked for.'
          }
          onCheckedChange={(next) => {
            change.reset();
            if (next) change.mutate({ ipVerification: { enabled: true } });
            else setIsAsking(true);
          }}
        />
        <p className="mt-4 border-t border-line pt-3 text-muted">
          {rule.changedAt === null ? (
            <span>Nobody has changed these rules: they are as every team starts.</span>
          ) : (
            <span>
              Last changed by{' '}
              <span className="font-medium text-ink">
                {rule.changedBy?.name ?? 'somebody who is gone'}
              </span>
              , <RelativeTime at={rule.changedAt} />.
            </span>
          )}
        </p>
        {change.error && isOfSwitch(change.variables) && !isAsking ? (
          <div className="mt-4">
            <Callout tone="danger" live>
              {change.error.message}
            </Callout>
          </div>
        ) : null}
      </Card>

      <RuleDetails
        // What was typed against an older state of the rules is not to be kept.
        key={rule.changedAt ?? 'never'}
        teamId={teamId}
        rule={rule}
        readOnly={readOnly}
        wouldBeBlocked={wouldBeBlocked}
        error={isOfSwitch(change.variables) ? null : change.error}
        onSave={(body) => change.mutateAsync(body)}
        onStart={() => change.reset()}
      />

      <ConfirmDialog
        open={isAsking}
        onOpenChange={setIsAsking}
        title="Switch IP Verification off?"
        confirmLabel="Switch off"
        cancelLabel="Keep it on"
        reason={{
          label: 'Reason',
          hint: 'Kept in Activity, and mailed to the other owners.',
          required: true,
        }}
        error={change.error?.message}
        onConfirm={(reason) => change.mutateAsync({ ipVerification: { enabled: false }, reason })}
      >
        <p>
          From then on, a session token of any member works from any address: for connecting to Team
          Computers, adding friends, and changing this team.
        </p>
        <p>
          Nobody is asked to verify a network any more, and nothing is recorded as “would be
          blocked”. To look before you enforce, set the actions to Monitor instead.
        </p>
      </ConfirmDialog>
    </div>
  );
}

function isOfSwitch(body: RuleChange | undefined): boolean {
  return body?.ipVerification.enabled !== undefined;
}
