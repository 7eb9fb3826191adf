'use client';

import {
  Activity,
  ChevronsUpDown,
  CircleUser,
  Handshake,
  KeyRound,
  LoaderCircle,
  LogOut,
  type LucideIcon,
  Menu as MenuIcon,
  Monitor,
  MonitorCog,
  Settings,
  ShieldCheck,
  Users,
  X,
} from 'lucide-react';
import Link, { useLinkStatus } from 'next/link';
import { usePathname } from 'next/navigation';
import { Dialog } from 'radix-ui';
import { type ReactNode, useEffect, useState } from 'react';
import { Button } from '@/components/ui/button';
import { classNames } from '@/components/ui/class-names';
import { overlayClass } from '@/components/ui/dialog';
import { Mark } from '@/components/ui/mark';
import { Menu, MenuItem, MenuLabel, MenuLink } from '@/components/ui/menu';
import { hasPermission, type Permission, type Role } from '@/lib/policy/roles';

export type ShellTeam = { id: string; name: string; role: Role };

type ShellProps = {
  user: { name: string; email: string };
  /** All teams of the user. */
  teams: readonly ShellTeam[];
  /** The team in view; null without one. */
  teamId: string | null;
  /** Ends the session and leaves the page; the button shows that it is working until it settles. */
  onSignOut: () => unknown;
};

type NavItem = { href: string; label: string; icon: LucideIcon };

const ownItems: readonly NavItem[] = [
  { href: '/computers', label: 'Computers', icon: Monitor },
  { href: '/friends', label: 'Friends', icon: Handshake },
];

const accountItem: NavItem = { href: '/account', label: 'Account', icon: CircleUser };

const teamPages: readonly { path: string; label: string; icon: LucideIcon; needs: Permission }[] = [
  { path: 'members', label: 'Members', icon: Users, needs: 'members.view' },
  { path: 'computers', label: 'Team Computers', icon: MonitorCog, needs: 'computers.manage' },
  { path: 'rules', label: 'App Rules', icon: ShieldCheck, needs: 'rules.view' },
  { path: 'sso', label: 'Single sign-on', icon: KeyRound, needs: 'sso.view' },
  { path: 'activity', label: 'Activity', icon: Activity, needs: 'events.view' },
  { path: 'addresses', label: 'Settings', icon: Settings, needs: 'addresses.view' },
];

/** The pages of a team that this role may open. What a page really allows is the server's to say. */
function teamItems(team: ShellTeam): readonly NavItem[] {
  return teamPages
    .filter((page) => hasPermission(team.role, page.needs))
    .map(({ path, label, icon }) => ({ href: `/teams/${team.id}/${path}`, label, icon }));
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

function NavLink({ item }: { item: NavItem }) {
  const pathname = usePathname();
  const exact = pathname === item.href;
  const within = exact || pathname.startsWith(`${item.href}/`);
  return (
    <Link
      href={item.href}
      prefetch={false}
      aria-current={exact ? 'page' : within ? 'true' : undefined}
      className={classNames(
        'flex min-h-9 items-center gap-2.5 rounded-md px-2.5 py-1.5 font-medium pointer-coarse:min-h-11',
        within ? 'bg-sunken text-ink' : 'text-muted hover:bg-sunken hover:text-ink',
      )}
    >
      <NavIcon icon={item.icon} current={within} />
      <span>{item.label}</span>
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
  if (teams.length < 2) {
    return <p className="truncate px-2.5 pb-1 text-xs font-medium text-muted">{team.name}</p>;
  }
  return (
    <Menu
      align="start"
      trigger={
        <button
          type="button"
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

function Navigation({ user, teams, teamId, onSignOut }: ShellProps) {
  const [leaving, setLeaving] = useState(false);
  const managed = teams.filter((team) => teamItems(team).length > 0);
  const team = managed.find((candidate) => candidate.id === teamId) ?? managed[0];
  const signOut = async () => {
    setLeaving(true);
    try {
      await onSignOut();
    } finally {
      setLeaving(false);
    }
  };
  return (
    <>
      <nav aria-label="Main" className="flex flex-1 flex-col gap-0.5 overflow-y-auto p-3">
        {ownItems.map((item) => (
          <NavLink key={item.href} item={item} />
        ))}
        {team ? (
          <div className="mt-5 flex flex-col gap-0.5">
            <TeamHeading teams={teams} team={team} />
            {teamItems(team).map((item) => (
              <NavLink key={item.href} item={item} />
            ))}
          </div>
        ) : null}
      </nav>
      <div className="flex flex-col gap-0.5 border-t border-line p-3">
        <p className="px-2.5 pt-1 pb-2 leading-snug">
          <span className="block truncate font-medium" title={user.name}>
            {user.name}
          </span>
          <span className="block truncate text-xs text-muted" title={user.email}>
            {user.email}
          </span>
        </p>
        <NavLink item={accountItem} />
        <Button
          variant="ghost"
          icon={LogOut}
          pending={leaving}
          onClick={() => void signOut()}
          className="justify-start gap-2.5! px-2.5! text-muted"
        >
          Sign out
        </Button>
      </div>
    </>
  );
}

/**
 * The shell of every page for those signed in: navigation by role on the left, the account at its foot.
 * Under 768 px the navigation is behind a button in a bar at the top.
 */
export function AppShell({ children, ...props }: ShellProps & { children: ReactNode }) {
  const [open, setOpen] = useState(false);
  const pathname = usePathname();
  // biome-ignore lint/correctness/useExhaustiveDependencies: having gone somewhere closes the menu
  useEffect(() => setOpen(false), [pathname]);
  return (
    <div className="md:grid md:min-h-dvh md:grid-cols-[15rem_minmax(0,1fr)]">
      <a
        href="#content"
        className="sr-only z-50 rounded-md bg-accent px-4 py-2 font-medium text-on-accent focus:not-sr-only focus:fixed focus:top-3 focus:left-3"
      >
        Skip to content
      </a>

      <aside className="sticky top-0 hidden h-dvh flex-col border-r border-line bg-surface md:flex">
        <Link
          href="/computers"
          prefetch={false}
          aria-label="Gatehouse"
          className="mx-3 mt-4 mb-1 rounded-md px-2.5 py-1"
        >
          <Mark named />
        </Link>
        <Navigation {...props} />
      </aside>

      <header className="sticky top-0 z-30 flex h-14 items-center justify-between border-b border-line bg-surface px-4 md:hidden">
        <Link href="/computers" prefetch={false} aria-label="Gatehouse" className="rounded-md">
          <Mark named />
        </Link>
        <Dialog.Root open={open} onOpenChange={setOpen}>
          <Dialog.Trigger asChild>
            <Button icon={MenuIcon} variant="ghost" className="-mr-3">
              Menu
            </Button>
          </Dialog.Trigger>
          <Dialog.Portal>
            <Dialog.Overlay className={overlayClass} />
            <Dialog.Content
              aria-describedby={undefined}
              className="fixed inset-y-0 left-0 z-50 flex w-[min(20rem,86vw)] animate-slide-in flex-col border-r border-line bg-surface"
            >
              <div className="flex h-14 shrink-0 items-center justify-between border-b border-line pr-2 pl-5">
                <Dialog.Title className="font-semibold">Menu</Dialog.Title>
                <Dialog.Close
                  aria-label="Close menu"
                  className="flex size-10 items-center justify-center rounded-md text-muted hover:bg-sunken hover:text-ink"
                >
                  <X aria-hidden className="size-4" />
                </Dialog.Close>
              </div>
              <Navigation {...props} />
            </Dialog.Content>
          </Dialog.Portal>
        </Dialog.Root>
      </header>

      <main id="content" tabIndex={-1} className="min-w-0 px-4 py-6 sm:px-6 md:px-10 md:py-9">
        <div className="mx-auto max-w-5xl">{children}</div>
      </main>
    </div>
  );
}
