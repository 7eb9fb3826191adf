'use client';

import {
  ChevronsUpDown,
  CircleUser,
  LoaderCircle,
  LogOut,
  ShieldCheck,
  ShieldX,
} from 'lucide-react';
import { useState } from 'react';
import { chooseTheme, shownTheme } from '@/components/shell/theme';
import { useEarly } from '@/components/ui/alive';
import { Menu, MenuChoices, MenuItem, MenuLink, MenuSeparator } from '@/components/ui/menu';
import { THEMES } from '@/lib/contract/preferences';
import type { Me } from '@/lib/contract/resources';

const themeWords = { system: 'As the system', light: 'Light', dark: 'Dark' } as const;

/** Who is signed in and from which network, always in sight; behind it the account, the scheme, the way out. */
export function ProfileMenu({
  me,
  onSignOut,
}: {
  me: Pick<Me, 'user' | 'client'>;
  /** Ends the session and leaves the page; settles where it could not. */
  onSignOut: () => unknown;
}) {
  const [leaving, setLeaving] = useState(false);
  const [theme, setTheme] = useState(shownTheme);
  const early = useEarly();
  const { user, client } = me;
  const signOut = async () => {
    setLeaving(true);
    try {
      await onSignOut();
    } finally {
      setLeaving(false);
    }
  };
  return (
    <div className="border-t border-line p-3">
      <Menu
        align="start"
        side="top"
        onOpenChange={(open) => {
          if (open) setTheme(shownTheme());
        }}
        trigger={
          <button
            type="button"
            {...early}
            aria-busy={leaving}
            className="flex w-full items-center gap-2 rounded-md px-2.5 py-1.5 text-left leading-snug hover:bg-sunken"
          >
            <span className="min-w-0 flex-1">
              <span className="block truncate font-medium" title={user.name}>
                {user.name}
              </span>
              <NetworkInUse client={client} />
            </span>
            {leaving ? (
              <LoaderCircle aria-hidden className="size-4 shrink-0 animate-spin text-muted" />
            ) : (
              <ChevronsUpDown aria-hidden className="size-4 shrink-0 text-muted" />
            )}
          </button>
        }
      >
        <p className="max-w-56 truncate px-2.5 py-1.5 text-xs text-muted" title={user.email}>
          {user.email}
        </p>
        <MenuLink href="/account" icon={CircleUser}>
          Account
        </MenuLink>
        <MenuSeparator />
        <MenuChoices
          label="Colours"
          value={theme}
          options={THEMES.map((value) => ({ value, label: themeWords[value] }))}
          onChange={(chosen) => {
            chooseTheme(chosen);
            setTheme(chosen);
          }}
        />
        <MenuSeparator />
        <MenuItem icon={LogOut} onSelect={() => void signOut()}>
          Sign out
        </MenuItem>
      </Menu>
    </div>
  );
}

/** The address as the server sees it, and whether it is verified. */
function NetworkInUse({ client: { address, trusted } }: Pick<Me, 'client'>) {
  if (address === null) return <span className="block text-xs text-blocked">Network unknown</span>;
  const Icon = trusted ? ShieldCheck : ShieldX;
  return (
    <span className="flex items-center gap-1.5 text-xs text-muted">
      <span className="truncate font-mono" translate="no" title={address}>
        {address}
      </span>
      <span
        className={
          trusted
            ? 'inline-flex shrink-0 items-center gap-1 text-trusted'
            : 'inline-flex shrink-0 items-center gap-1 text-soon'
        }
      >
        <Icon aria-hidden className="size-3.5 shrink-0" />
        <span>{trusted ? 'verified' : 'not verified'}</span>
      </span>
    </span>
  );
}
