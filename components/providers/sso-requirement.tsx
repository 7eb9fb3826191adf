'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { fieldErrors } from '@/components/form/field-errors';
import { SaveBar } from '@/components/form/save-bar';
import { RefreshFailed } from '@/components/shell/refresh-failed';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { Field } from '@/components/ui/field';
import { Card, Section } from '@/components/ui/section';
import { Select } from '@/components/ui/select';
import { Switch } from '@/components/ui/switch';
import type { UserSummary } from '@/lib/contract/resources';
import type { SsoRequirement as Requirement } from '@/lib/contract/sso';
import { call } from '@/lib/react/call';
import { useGatedMutation } from '@/lib/react/gated-mutation';
import { queryKey, useCall } from '@/lib/react/queries';

type Edits = { required: Record<string, boolean>; keeperId: string | null | undefined };
const NO_EDITS: Edits = { required: {}, keeperId: undefined };
type RequirementBody = { domainIds: string[]; breakGlassUserId: string | null };

/** For which proven domains passwords have ended, and which owner keeps one. */
export function SsoRequirement({
  teamId,
  initial,
  owners,
  hasMoreOwners,
  readOnly,
}: {
  teamId: string;
  initial: Requirement;
  /** Of the team: one of them keeps the password. */
  owners: readonly UserSummary[];
  /** These are the first of them. */
  hasMoreOwners: boolean;
  /** Why nothing can be changed; null when it can. */
  readOnly: string | null;
}) {
  const params = { teamId };
  const queries = useQueryClient();
  const query = useCall(
    'GET /teams/{teamId}/sso-requirement',
    { params },
    { initialData: initial },
  );
  const save = useGatedMutation({
    mutationFn: (body: RequirementBody) =>
      call('PATCH /teams/{teamId}/sso-requirement', { params, body }),
    onSuccess: (changed) => {
      queries.setQueryData<Requirement>(
        queryKey('GET /teams/{teamId}/sso-requirement', { params }),
        changed,
      );
      return queries.invalidateQueries({
        queryKey: queryKey('GET /teams/{teamId}/sso-connections', { params }),
      });
    },
  });
  return (
    <Section
      title="Require single sign-on"
      description="People with these email domains must use single sign-on, to sign in and to verify networks."
    >
      <RefreshFailed query={query} />
      {query.data.domains.length === 0 ? (
        <Card>
          <p className="text-muted">
            Once a domain is proven and its provider is switched on, it can be required here.
          </p>
        </Card>
      ) : (
        <RequirementForm
          saved={query.data}
          owners={owners}
          hasMoreOwners={hasMoreOwners}
          readOnly={readOnly}
          error={save.error}
          onSave={(body) => save.mutateAsync(body)}
          onStart={() => save.reset()}
        />
      )}
    </Section>
  );
}

function RequirementForm({
  saved,
  owners,
  hasMoreOwners,
  readOnly,
  error,
  onSave,
  onStart,
}: {
  saved: Requirement;
  owners: readonly UserSummary[];
  hasMoreOwners: boolean;
  readOnly: string | null;
  error: Error | null;
  onSave: (body: RequirementBody) => Promise<unknown>;
  /** A new attempt begins: an error of the last one is void. */
  onStart: () => void;
}) {
  // What was changed here alone: the rest follows what others save meanwhile.
  const [edits, setEdits] = useState<Edits>(NO_EDITS);
  const before = new Set(saved.domains.filter((one) => one.isRequired).map(({ id }) => id));
  const required = new Set(
    saved.domains.filter((one) => edits.required[one.id] ?? one.isRequired).map(({ id }) => id),
  );
  const keeperId = edits.keeperId === undefined ? saved.breakGlassUserId : edits.keeperId;
  const [isMissing, setIsMissing] = useState(false);
  const [isAsking, setIsAsking] = useState(false);
  const [isSaving, setIsSaving] = useState(false);

  const added = saved.domains.filter(({ id }) => required.has(id) && !before.has(id));
  const isChanged =
    added.length > 0 || required.size !== before.size || keeperId !== saved.breakGlassUserId;
  const keeper = owners.find(({ id }) => id === keeperId) ?? null;
  const keeperFault = isMissing
    ? 'Choose the owner who keeps a password.'
    : fieldErrors(error).breakGlassUserId;

  const run = async () => {
    setIsSaving(true);
    try {
      await onSave({ domainIds: [...required], breakGlassUserId: keeper?.id ?? null });
      setEdits(NO_EDITS);
    } finally {
      setIsSaving(false);
    }
  };
  const submit = () => {
    onStart();
    setIsMissing(required.size > 0 && keeper === null);
    if (required.size > 0 && keeper === null) return;
    if (added.length > 0) setIsAsking(true);
    // The error is shown from the mutation.
    else run().catch(() => undefined);
  };
  const discard = () => {
    onStart();
    setEdits(NO_EDITS);
    setIsMissing(false);
  };

  return (
    <form
      method="post"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Card padded={false} className="divide-y divide-line">
        {saved.domains.map(({ id, domain, connectionName }) => (
          <div key={id} className="px-4 py-3.5 sm:px-5">
            <Switch
              label={domain}
              description={`Through ${connectionName}.`}
              checked={required.has(id)}
              pending={isSaving}
              disabledReason={readOnly}
              onCheckedChange={(next) =>
                setEdits({ ...edits, required: { ...edits.required, [id]: next } })
              }
            />
          </div>
        ))}
        <div className="px-4 py-3.5 sm:px-5">
          {readOnly ? (
            <p>
              <span className="font-medium">Emergency password: </span>
              {keeper?.name ?? 'nobody yet'}
            </p>
          ) : (
            <Field
              label="Emergency password"
              hint={`One owner keeps a password, for when the provider is down. Choose somebody whose password is long and kept safe.${hasMoreOwners ? ` The first ${owners.length} are listed.` : ''}`}
              error={keeperFault}
            >
              <Select
                className="max-w-80"
                value={keeper?.id ?? ''}
                options={[
                  { value: '', label: 'Choose an owner' },
                  ...owners.map(({ id, name, email }) => ({
                    value: id,
                    label: `${name} (${email})`,
                  })),
                ]}
                onChange={({ target }) => {
                  setEdits({ ...edits, keeperId: target.value === '' ? null : target.value });
                  setIsMissing(false);
                }}
              />
            </Field>
          )}
        </div>
      </Card>
      {readOnly ? null : (
        <SaveBar
          isChanged={isChanged}
          error={keeperFault || isAsking ? null : error}
          isSaving={isSaving}
          onDiscard={discard}
          label="Save"
        />
      )}
      <ConfirmDialog
        open={isAsking}
        onOpenChange={setIsAsking}
        tone="primary"
        title="Require single sign-on?"
        confirmLabel="Require"
        error={error?.message}
        onConfirm={run}
      >
        <p>
          Members with {added.map(({ domain }) => `…@${domain}`).join(' or ')} can no longer use
          passwords, neither to sign in nor to verify a network. {keeper?.name} still can.
        </p>
        <p>Test the provider first: one that does not answer keeps everybody else out.</p>
      </ConfirmDialog>
    </form>
  );
}
