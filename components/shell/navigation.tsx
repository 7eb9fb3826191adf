'use client';

import {
  Activity,
  ChevronsUpDown,
  Handshake,
  KeyRound,
  LayoutDashboard,
  LoaderCircle,
  type LucideIcon,
  Monitor,
  MonitorCog,
  Network,
  Settings,
  ShieldCheck,
  Users,
} from 'lucide-react';
import Link, { useLinkStatus } from 'next/link';
import { usePathname } from 'next/navigation';
import { useEarly } from '@/components/ui/alive';
import { classNames } from '@/components/ui/class-names';
import { Menu, MenuItem, MenuLabel, MenuLink } from '@/components/ui/menu';
import { hasPermission, type Permission, type Role } from '@/lib/policy/roles';

export type ShellTeam = { id: string; name: string; role: Role };

export type NavItem = { href: string; label: string; icon: LucideIcon };

export const ownItems: readonly NavItem[] = [
  { href: '/computers', label: 'Computers', icon: Monitor },
  { href: '/friends', label: 'Friends', icon: Handshake },
];

const teamPages: readonly { path: string; label: string; icon: LucideIcon; needs: Permission }[] = [
  { path: '', label: 'Overview', icon: LayoutDashboard, needs: 'impact.view' },
  { path: 'members', label: 'Members', icon: Users, needs: 'members.view' },
  { path: 'computers', label: 'Team Computers', icon: MonitorCog, needs: 'computers.manage' },
  { path: 'networks', label: 'Networks', icon: Network, needs: 'verified-ips.view' },
  { path: 'rules', label: 'App Rules', icon: ShieldCheck, needs: 'rules.view' },
  { path: 'sso', label: 'Single sign-on', icon: KeyRound, needs: 'sso.view' },
  { path: 'activity', label: 'Activity', icon: Activity, needs: 'events.view' },
  { path: 'addresses', label: 'Settings', icon: Settings, needs: 'addresses.view' },
];

/** The pages of a team that this role may open. What a page really allows is the server's to say. */
export function teamItems(team: ShellTeam): readonly NavItem[] {
  return teamPages
    .filter((page) => hasPermission(team.role, page.needs))
    .map(({ path, label, icon }) => ({
      href: path === '' ? `/teams/${team.id}` : `/teams/${team.id}/${path}`,
      label,
      icon,
    }));
}

const roleWords: Record<Role, string> = { owner: 'Owner', admin: 'Admin', member: 'Member' };

/** Shows that the page is on its way, where it was asked for. */
function NavIcon({ icon, current }: { icon: LucideIcon; current: boolean }) {
  const { pending } = useLinkStatus();
  const Icon = pending ? LoaderCircle : icon;
  return (
    <Icon
      aria-hidden
      className={classNames(
        'size-4 shrink-0',
        current && 'text-accent-ink',
        pending && 'animate-spin',
      )}
    />
  );
}

/** Whether a page is that of a link, or below it. All pages of a team are below its Overview, and none is within that. */
export function isWithin(pathname: string, href: string): boolean {
  if (pathname === href) return true;
  return pathname.startsWith(`${href}/`) && !/^\/teams\/[^/]+$/.test(href);
}

/** How the link to a page stands: on it, or on a page within it. */
function useIsCurrent(href: string) {
  const pathname = usePathname();
  const exact = pathname === href;
  const within = isWithin(pathname, href);
  return { within, current: exact ? 'page' : within ? 'true' : undefined } as const;
}

function NavLink({ item }: { item: NavItem }) {
  const { within, current } = useIsCurrent(item.href);
  return (
    <Link
      href={item.href}
      prefetch={false}
      aria-current={current}
      className={classNames(
        'flex min-h-9 items-center gap-2.5 rounded-md border-l-2 px-2 py-1.5 font-medium forced-colors:border-l-0 pointer-coarse:min-h-11',
        within
          ? 'chosen border-accent bg-sunken text-ink'
          : 'border-transparent text-muted hover:bg-sunken hover:text-ink',
      )}
    >
      <NavIcon icon={item.icon} current={within} />
      <span>{item.label}</span>
    </Link>
  );
}

/** In the bar at a phone's foot: the icon over its word. */
export function BarLink({ item }: { item: NavItem }) {
  const { within, current } = useIsCurrent(item.href);
  return (
    <Link
      href={item.href}
      prefetch={false}
      aria-current={current}
      className={classNames(
        'flex min-w-0 flex-1 flex-col items-center gap-0.5 border-t-2 px-1 py-1.5 text-xs font-medium forced-colors:border-t-0',
        within ? 'chosen border-accent text-ink' : 'border-transparent text-muted',
      )}
    >
      <NavIcon icon={item.icon} current={within} />
      <span className="max-w-full truncate">{item.label}</span>
    </Link>
  );
}

/** Where the switcher leads: the same page of the other team where its role has that page. */
function switchHref(team: ShellTeam, pathname: string): string {
  const page = pathname.match(/^\/teams\/[^/]+\/([^/]+)/)?.[1];
  const items = teamItems(team);
  const same = items.find((item) => item.href.endsWith(`/${page}`));
  return same?.href ?? items[0]?.href ?? '/computers';
}

function TeamHeading({ teams, team }: { teams: readonly ShellTeam[]; team: ShellTeam }) {
  const pathname = usePathname();
  const early = useEarly();
  if (teams.length < 2) {
    return <p className="truncate px-2.5 pb-1 text-xs font-medium text-muted">{team.name}</p>;
  }
  return (
    <Menu
      align="start"
      trigger={
        <button
          type="button"
          {...early}
          aria-label={`Team: ${team.name}. Switch team`}
          className="mb-1 flex min-h-9 w-full items-center gap-2 rounded-md border border-line bg-surface px-2.5 text-left font-medium hover:bg-sunken pointer-coarse:min-h-11"
        >
          <span className="min-w-0 flex-1 truncate">{team.name}</span>
          <ChevronsUpDown aria-hidden className="size-4 shrink-0 text-muted" />
        </button>
      }
    >
      <MenuLabel>Teams</MenuLabel>
      {teams.map((other) =>
        teamItems(other).length === 0 ? (
          <MenuItem
            key={other.id}
            onSelect={() => undefined}
            disabledReason="Member: its owners and admins manage it"
          >
            {other.name}
          </MenuItem>
        ) : (
          <MenuLink
            key={other.id}
            href={switchHref(other, pathname)}
            current={other.id === team.id}
          >
            <span className={other.id === team.id ? 'font-medium' : undefined}>{other.name}</span>
            <span className="block text-xs text-muted">
              {other.id === team.id ? `${roleWords[other.role]} · in view` : roleWords[other.role]}
            </span>
          </MenuLink>
        ),
      )}
    </Menu>
  );
}

/** The team whose pages are offered: that in view, or the one that was looked at last. */
export function shownTeam(
  teams: readonly ShellTeam[],
  teamId: string | null,
): ShellTeam | undefined {
  const managed = teams.filter((team) => teamItems(team).length > 0);
  return managed.find(({ id }) => id === teamId) ?? managed[0];
}

/** The pages of the team, and the reader's own. */
export function Navigation({
  teams,
  team,
}: {
  teams: readonly ShellTeam[];
  team: ShellTeam | undefined;
}) {
  return (
    <nav aria-label="Main" className="flex flex-1 flex-col gap-0.5 overflow-y-auto p-3">
      {team ? (
        <div className="mb-5 flex flex-col gap-0.5">
          <TeamHeading teams={teams} team={team} />
          {teamItems(team).map((item) => (
            <NavLink key={item.href} item={item} />
          ))}
        </div>
      ) : null}
      {team ? <p className="px-2.5 pb-1 text-xs font-medium text-muted">You</p> : null}
      {ownItems.map((item) => (
        <NavLink key={item.href} item={item} />
      ))}
    </nav>
  );
}
