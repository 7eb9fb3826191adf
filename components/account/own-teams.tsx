'use client';

import { useState } from 'react';
import { RoleBadge } from '@/components/roles/role-badge';
import { Button } from '@/components/ui/button';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { type Column, DataTable } from '@/components/ui/data-table';
import { Section } from '@/components/ui/section';
import type { TeamSummary } from '@/lib/contract/resources';
import { call } from '@/lib/react/call';
import { useGatedMutation } from '@/lib/react/gated-mutation';

type Row = { team: TeamSummary; onLeave: (team: TeamSummary) => void };

const columns: readonly Column<Row>[] = [
  {
    header: 'Team',
    isTitle: true,
    cell: ({ team }) => <span className="wrap-anywhere">{team.name}</span>,
  },
  { header: 'Your role', cell: ({ team }) => <RoleBadge role={team.role} /> },
  {
    header: 'Actions',
    headerHidden: true,
    isActions: true,
    cell: ({ team, onLeave }) => (
      <Button size="sm" aria-label={`Leave ${team.name}`} onClick={() => onLeave(team)}>
        Leave
      </Button>
    ),
  },
];

/** The teams of the reader, each with the way out. */
export function OwnTeams({ userId, teams }: { userId: string; teams: readonly TeamSummary[] }) {
  const [asked, setAsked] = useState<TeamSummary | null>(null);
  const leave = useGatedMutation({
    mutationFn: (team: TeamSummary) =>
      call('DELETE /teams/{teamId}/members/{userId}', { params: { teamId: team.id, userId } }),
    // The navigation is made of the teams: it has to be made anew.
    onSuccess: () => window.location.reload(),
  });
  if (teams.length === 0) return null;
  return (
    <Section
      title="Teams"
      description="The owners and admins of these teams see your verified IPs and can revoke them."
    >
      <DataTable
        caption="Your teams"
        columns={columns}
        rows={teams.map((team) => ({
          team,
          onLeave: (chosen: TeamSummary) => {
            leave.reset();
            setAsked(chosen);
          },
        }))}
        rowKey={({ team }) => team.id}
      />
      <ConfirmDialog
        open={asked !== null}
        onOpenChange={(open) => {
          if (!open) setAsked(null);
        }}
        title={`Leave ${asked?.name ?? ''}?`}
        confirmLabel="Leave team"
        error={leave.error?.message}
        onConfirm={() => (asked === null ? undefined : leave.mutateAsync(asked))}
      >
        <p>
          You lose its Team Computers at once, and your connections to them end. To come back, you
          need a new invitation.
        </p>
      </ConfirmDialog>
    </Section>
  );
}
