'use client';

import { Command } from 'cmdk';
import {
  CircleUser,
  LogOut,
  type LucideIcon,
  Monitor,
  MonitorCog,
  Network,
  Users,
} from 'lucide-react';
import { useRouter } from 'next/navigation';
import { Children, type ReactNode } from 'react';
import { mayLeaveFor } from '@/components/form/leave-guard';
import { ownItems, type ShellTeam, teamItems } from '@/components/shell/navigation';
import { Dialog } from '@/components/ui/dialog';
import { controlClass } from '@/components/ui/input';
import type { Page } from '@/lib/contract/resources';
import { hasPermission } from '@/lib/policy/roles';
import { useCall } from '@/lib/react/queries';
import { useSearch } from '@/lib/react/search';

/** As many of each kind as are seen at a glance. */
const LIMIT = 6;

/** What `Finder` opens: pages and acts are found here, members and computers by the server. */
export function FinderDialog({
  teams,
  team,
  onSignOut,
  onClose,
}: {
  teams: readonly ShellTeam[];
  team: ShellTeam | undefined;
  onSignOut: () => unknown;
  onClose: () => void;
}) {
  const router = useRouter();
  const { text, setText, q } = useSearch();
  const may = (permission: Parameters<typeof hasPermission>[1]) =>
    team !== undefined && hasPermission(team.role, permission);
  const asked = { query: { q, limit: LIMIT } };
  const inTeam = { params: { teamId: team?.id ?? '' }, ...asked };
  const isAsked = q !== undefined;
  const computers = useCall('GET /computers', asked, { enabled: isAsked });
  const members = useCall('GET /teams/{teamId}/members', inTeam, {
    enabled: isAsked && may('members.view'),
  });
  const managed = useCall('GET /teams/{teamId}/computers', inTeam, {
    enabled: isAsked && may('computers.manage'),
  });
  const networks = useCall(
    'GET /teams/{teamId}/seen-networks',
    { params: inTeam.params, query: { query: q, limit: LIMIT } },
    {
      enabled: isAsked && may('verified-ips.view'),
    },
  );
  const lists = [computers, members, managed, networks];
  // All at once: what comes first must not be chosen over what stands above it.
  const isFound = isAsked && lists.every(({ isLoading }) => !isLoading);
  const found = <Row,>({ data }: { data: Page<Row> | undefined }): readonly Row[] =>
    (isFound && data?.data) || [];

  const fits = (name: string) => name.toLowerCase().includes(text.trim().toLowerCase());
  const go = (href: string) => {
    onClose();
    if (mayLeaveFor(href)) router.push(href);
  };
  const pages = [
    ...ownItems,
    { href: '/account', label: 'Account', icon: CircleUser },
    ...(team ? teamItems(team) : []),
  ].filter(({ label }) => fits(label));
  const others = teams.filter(({ id, name }) => id !== team?.id && fits(name));
  const failed = lists.find(({ error }) => error)?.error;
  const isSearching = text.trim() !== (q ?? '') || lists.some(({ isLoading }) => isLoading);
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title="Find"
    >
      <Command label="Find" shouldFilter={false} loop>
        <Command.Input
          value={text}
          onValueChange={setText}
          maxLength={100}
          placeholder="A page, member, computer or network"
          className={`${controlClass} h-10`}
        />
        <Command.List className="mt-3 max-h-[50dvh] overflow-y-auto">
          <Results heading="Pages">
            {pages.map(({ href, label, icon }) => (
              <Result key={href} value={href} icon={icon} onSelect={() => go(href)}>
                {label}
              </Result>
            ))}
          </Results>
          <Results heading="Computers">
            {found(computers).map(({ id, name }) => (
              <Result
                key={id}
                value={`connect ${id}`}
                icon={Monitor}
                onSelect={() => go(`/computers/${id}`)}
              >
                Connect to {name}
              </Result>
            ))}
            {found(managed).map(({ id, name }) => (
              <Result
                key={id}
                value={`manage ${id}`}
                icon={MonitorCog}
                onSelect={() =>
                  go(`/teams/${team?.id}/computers?${new URLSearchParams({ query: name })}`)
                }
              >
                Manage {name}
              </Result>
            ))}
          </Results>
          <Results heading="Members">
            {found(members).map(({ user }) => (
              <Result
                key={user.id}
                value={user.id}
                icon={Users}
                onSelect={() => go(`/teams/${team?.id}/members/${user.id}`)}
              >
                {user.name} <span className="text-muted">{user.email}</span>
              </Result>
            ))}
          </Results>
          <Results heading="Networks">
            {found(networks).map(({ network, name }) => (
              <Result
                key={network}
                value={network}
                icon={Network}
                onSelect={() =>
                  go(`/teams/${team?.id}/networks?${new URLSearchParams({ query: network })}`)
                }
              >
                <span className="font-mono text-[0.8125rem]" translate="no">
                  {network}
                </span>{' '}
                {name ? <span className="text-muted">{name}</span> : null}
              </Result>
            ))}
          </Results>
          <Results heading="Teams">
            {others.map((other) => {
              const href = teamItems(other)[0]?.href;
              return href ? (
                <Result key={other.id} value={other.id} icon={Users} onSelect={() => go(href)}>
                  {other.name}
                </Result>
              ) : null;
            })}
          </Results>
          <Results heading="Acts">
            {fits('Sign out') ? (
              <Result
                value="sign out"
                icon={LogOut}
                onSelect={() => {
                  onClose();
                  void onSignOut();
                }}
              >
                Sign out
              </Result>
            ) : null}
          </Results>
          {isSearching || failed ? null : (
            <Command.Empty className="px-2.5 py-3 text-muted">
              Nothing is called “{text.trim()}”.
            </Command.Empty>
          )}
        </Command.List>
        <p role="status" className="mt-2 min-h-5 text-sm text-muted">
          {failed ? failed.message : isSearching ? 'Looking…' : null}
        </p>
      </Command>
    </Dialog>
  );
}

/** A kind of what was found; nothing where there is none of it. */
function Results({ heading, children }: { heading: string; children: ReactNode }) {
  if (Children.toArray(children).length === 0) return null;
  return (
    <Command.Group
      heading={heading}
      className="[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-muted"
    >
      {children}
    </Command.Group>
  );
}

function Result({
  value,
  icon: Icon,
  onSelect,
  children,
}: {
  value: string;
  icon: LucideIcon;
  onSelect: () => void;
  children: ReactNode;
}) {
  return (
    <Command.Item
      value={value}
      onSelect={onSelect}
      className="flex min-h-9 cursor-pointer items-center gap-2.5 rounded-md px-2.5 py-1.5 data-[selected=true]:bg-sunken forced-colors:data-[selected=true]:outline pointer-coarse:min-h-11"
    >
      <Icon aria-hidden className="size-4 shrink-0 text-muted" />
      <span className="min-w-0 flex-1 wrap-anywhere">{children}</span>
    </Command.Item>
  );
}
