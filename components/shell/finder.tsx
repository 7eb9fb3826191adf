'use client';

import { Search } from 'lucide-react';
import dynamic from 'next/dynamic';
import { useEffect, useState } from 'react';
import type { ShellTeam } from '@/components/shell/navigation';
import { useEarly } from '@/components/ui/alive';

const FinderDialog = dynamic(
  () => import('@/components/shell/finder-dialog').then((module) => module.FinderDialog),
  { ssr: false },
);

/** The way to any page, member, computer or act by its name: a button, and Ctrl-K (⌘K) anywhere. */
export function Finder({
  teams,
  team,
  onSignOut,
}: {
  teams: readonly ShellTeam[];
  team: ShellTeam | undefined;
  onSignOut: () => unknown;
}) {
  const [open, setOpen] = useState(false);
  const early = useEarly();
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const isAsked = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
      if (!isAsked || event.key.toLowerCase() !== 'k') return;
      // Browsers would go to their address bar.
      event.preventDefault();
      // Over another dialog it would take that one's focus, and what was typed there.
      if (!document.querySelector('dialog[open]')) setOpen(true);
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
  return (
    <>
      <button
        type="button"
        {...early}
        onClick={() => setOpen(true)}
        aria-keyshortcuts="Control+K Meta+K"
        className="flex min-h-9 items-center gap-2.5 rounded-md border border-line px-2.5 text-left text-muted hover:bg-sunken hover:text-ink pointer-coarse:min-h-11"
      >
        <Search aria-hidden className="size-4 shrink-0" />
        <span className="flex-1">Find</span>
        <kbd aria-hidden className="font-sans text-xs pointer-coarse:hidden">
          Ctrl K
        </kbd>
      </button>
      {open ? (
        <FinderDialog
          teams={teams}
          team={team}
          onSignOut={onSignOut}
          onClose={() => setOpen(false)}
        />
      ) : null}
    </>
  );
}
