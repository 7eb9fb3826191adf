'use client';

import { usePathname } from 'next/navigation';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { GatePrompt } from '@/components/gate/gate-prompt';
import { SessionEnded } from '@/components/gate/session-ended';
import { AppShell, type ShellTeam } from '@/components/shell/app-shell';
import { Button } from '@/components/ui/button';
import { Dialog, DialogActions } from '@/components/ui/dialog';
import { ApiError } from '@/lib/client/api';
import type { GateProblem } from '@/lib/contract/resources';
import { hasPermission } from '@/lib/policy/roles';
import { call } from '@/lib/react/call';

/** What stands round every page for those signed in: navigation, the prompt of the gate, the end of the session. */
export function SignedInShell({
  user,
  methods,
  teams,
  children,
}: {
  user: { name: string; email: string };
  /** By what the account can be proven. */
  methods: GateProblem['methods'];
  teams: readonly ShellTeam[];
  children: ReactNode;
}) {
  const pathname = usePathname();
  useSamePageUser(pathname);
  const teamId = pathname.match(/^\/teams\/([^/]+)/)?.[1] ?? null;
  const [failure, setFailure] = useState<string | null>(null);
  const signOut = async () => {
    try {
      await call('DELETE /sessions/{id}', { params: { id: 'current' } });
    } catch (error) {
      const isOver = error instanceof ApiError && error.code === 'unauthenticated';
      if (!isOver) return setFailure(error instanceof Error ? error.message : 'Try again.');
    }
    // A full load leaves nothing of the session behind in this page.
    window.location.assign('/login');
  };
  return (
    <AppShell user={user} teams={teams} teamId={teamId} onSignOut={signOut}>
      <GatePrompt email={user.email} methods={methods} addressesHref={addressesHref(teams)}>
        {children}
      </GatePrompt>
      <SessionEnded />
      <Dialog
        open={failure !== null}
        onOpenChange={(open) => {
          if (!open) setFailure(null);
        }}
        title="You are still signed in"
        description={failure}
      >
        <DialogActions>
          <Button variant="primary" onClick={() => setFailure(null)}>
            Close
          </Button>
        </DialogActions>
      </Dialog>
    </AppShell>
  );
}

/**
 * Asks on every page that is gone to, and when the tab is looked at again, whether its session is still that of its user:
 * else the call reloads it. Pages that are gone to inside it would show somebody else's under this one's name.
 */
function useSamePageUser(pathname: string): void {
  // Just made, it is its user's.
  const first = useRef(pathname);
  useEffect(() => {
    const ask = () => void call('GET /me').catch(() => undefined);
    if (first.current !== pathname) ask();
    first.current = '';
    window.addEventListener('focus', ask);
    return () => window.removeEventListener('focus', ask);
  }, [pathname]);
}

/** The page *How Gatehouse sees addresses*, where a role of the reader opens it. */
function addressesHref(teams: readonly ShellTeam[]): string | null {
  const team = teams.find(({ role }) => hasPermission(role, 'addresses.view'));
  return team ? `/teams/${team.id}/addresses` : null;
}
