'use client';

import { Menu as MenuIcon, X } from 'lucide-react';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { Finder } from '@/components/shell/finder';
import {
  BarLink,
  isWithin,
  Navigation,
  ownItems,
  shownTeam,
  teamItems,
} from '@/components/shell/navigation';
import { ProfileMenu } from '@/components/shell/profile-menu';
import { useEarly } from '@/components/ui/alive';
import { classNames } from '@/components/ui/class-names';
import { Mark } from '@/components/ui/mark';
import { Modal } from '@/components/ui/modal';
import type { Me } from '@/lib/contract/resources';

/** The pages of a team that stand in the bar at a phone's foot, beside one's own and the way to all others. */
const BAR_PAGES = /^\/teams\/[^/]+(?:\/activity)?$/;

type ShellProps = {
  me: Me;
  /** The team in view, or the one that was looked at last; null without one. */
  teamId: string | null;
  /** Ends the session and leaves the page; settles where it could not. */
  onSignOut: () => unknown;
};

/**
 * The shell of every page for those signed in: navigation by role on the left, the account and its network
 * at its foot. Under 768 px the pages most used are in a bar at the foot, and all behind its *More*.
 */
export function AppShell({
  me,
  teamId,
  onSignOut,
  children,
}: ShellProps & { children: ReactNode }) {
  const [open, setOpen] = useState(false);
  const pathname = usePathname();
  // biome-ignore lint/correctness/useExhaustiveDependencies: having gone somewhere closes the menu
  useEffect(() => setOpen(false), [pathname]);
  useFocusOnHeading(pathname);
  const team = shownTeam(me.teams, teamId);
  const early = useEarly();
  const titleId = useId();
  const navigation = (
    <>
      <div className="flex flex-col px-3 pt-3">
        <Finder teams={me.teams} team={team} onSignOut={onSignOut} />
      </div>
      <Navigation teams={me.teams} team={team} />
      <ProfileMenu me={me} onSignOut={onSignOut} />
    </>
  );
  const teamBar = (team ? teamItems(team) : []).filter(({ href }) => BAR_PAGES.test(href));
  const [overview, ...others] = teamBar;
  const barItems = overview ? [overview, ...ownItems.slice(0, 1), ...others] : ownItems;
  const isInBar = barItems.some(({ href }) => isWithin(pathname, href));
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
          href="/"
          prefetch={false}
          aria-label="Gatehouse"
          className="mx-3 mt-4 mb-1 rounded-md px-2.5 py-1"
        >
          <Mark named />
        </Link>
        {navigation}
      </aside>

      <header className="sticky top-0 z-30 flex h-14 items-center justify-between gap-4 border-b border-line bg-surface px-4 md:hidden">
        <Link href="/" prefetch={false} aria-label="Gatehouse" className="flex shrink-0 rounded-md">
          <Mark named />
        </Link>
        {team && me.teams.length > 1 ? (
          <span className="min-w-0 truncate text-xs text-muted">{team.name}</span>
        ) : null}
      </header>

      <main id="content" tabIndex={-1} className="min-w-0 px-4 pt-6 pb-24 sm:px-6 md:px-10 md:py-9">
        <div className="mx-auto max-w-5xl">{children}</div>
      </main>

      <nav
        aria-label="Most used"
        className="fixed inset-x-0 bottom-0 z-30 flex h-(--foot) border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] md:hidden"
      >
        {barItems.map((item) => (
          <BarLink key={item.href} item={item} />
        ))}
        <button
          {...early}
          type="button"
          aria-haspopup="dialog"
          aria-expanded={open}
          onClick={() => setOpen(true)}
          className={classNames(
            'flex min-w-0 flex-1 flex-col items-center gap-0.5 border-t-2 px-1 py-1.5 text-xs font-medium forced-colors:border-t-0',
            isInBar ? 'border-transparent text-muted' : 'border-accent text-ink',
          )}
        >
          <MenuIcon aria-hidden className="size-4" />
          More
        </button>
      </nav>
      <Modal
        open={open}
        onClose={() => setOpen(false)}
        labelledBy={titleId}
        className="inset-y-0 left-0 h-dvh max-h-none w-[min(20rem,86vw)] animate-slide-in flex-col border-r border-line bg-surface open:flex"
      >
        <div className="flex h-14 shrink-0 items-center justify-between border-b border-line pr-2 pl-5">
          <h2 id={titleId} className="font-semibold">
            All pages
          </h2>
          <button
            type="button"
            aria-label="Close menu"
            onClick={() => setOpen(false)}
            className="flex size-10 items-center justify-center rounded-md text-muted hover:bg-sunken hover:text-ink"
          >
            <X aria-hidden className="size-4" />
          </button>
        </div>
        {navigation}
      </Modal>
    </div>
  );
}

/** Having gone to another page, a keyboard and a screen reader begin at its heading. */
function useFocusOnHeading(pathname: string): void {
  const last = useRef(pathname);
  useEffect(() => {
    if (last.current === pathname) return;
    last.current = pathname;
    const content = document.getElementById('content');
    (content?.querySelector('h1') ?? content)?.focus({ preventScroll: true });
  }, [pathname]);
}
