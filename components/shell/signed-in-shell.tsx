'use client';

import { useQueryClient } from '@tanstack/react-query';
import { usePathname } from 'next/navigation';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { GatePrompt } from '@/components/gate/gate-prompt';
import { SessionEnded } from '@/components/gate/session-ended';
import { AppShell } from '@/components/shell/app-shell';
import { Banners } from '@/components/shell/banners';
import { Button } from '@/components/ui/button';
import { Dialog, DialogActions } from '@/components/ui/dialog';
import { ApiError } from '@/lib/client/api';
import type { GateProblem, Me } from '@/lib/contract/resources';
import { hasPermission } from '@/lib/policy/roles';
import { call } from '@/lib/react/call';
import { queryKey, useCall } from '@/lib/react/queries';
import { untilReturnMs } from '@/lib/react/return-time';

/** What stands round every page for those signed in: navigation, the prompt of the gate, the end of the session. */
export function SignedInShell({
  initialMe,
  methods,
  lastTeamId,
  children,
}: {
  initialMe: Me;
  /** By what the account can be proven. */
  methods: GateProblem['methods'];
  /** The team that was looked at last; null: none yet. */
  lastTeamId: string | null;
  children: ReactNode;
}) {
  const pathname = usePathname();
  const me = useMe(initialMe, pathname);
  const teamId = useTeamInView(pathname, lastTeamId);
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
    <AppShell me={me} teamId={teamId} onSignOut={signOut}>
      <GatePrompt email={me.user.email} methods={methods} addressesHref={addressesHref(me.teams)}>
        <Banners me={me} />
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
 * Who is signed in, and how the network stands: asked again on every page that is gone to, and when the tab is
 * looked at again. Where the session has become somebody else's, the call reloads the page: pages that are gone
 * to inside it would show his under this one's name.
 */
function useMe(initialMe: Me, pathname: string): Me {
  const queries = useQueryClient();
  const { data } = useCall(
    'GET /me',
    {},
    {
      initialData: initialMe,
      // IP Verification that is off for a time is on again by itself.
      refetchInterval: ({ state }) =>
        untilReturnMs(state.data?.teams.map((team) => team.ipVerificationOff?.until) ?? []),
    },
  );
  // Just made, it is as the server says.
  const last = useRef(pathname);
  useEffect(() => {
    const ask = () => void queries.invalidateQueries({ queryKey: queryKey('GET /me') });
    if (last.current !== pathname) ask();
    last.current = pathname;
    // Also where the window was in sight all the time, beside another.
    window.addEventListener('focus', ask);
    return () => window.removeEventListener('focus', ask);
  }, [pathname, queries]);
  return data;
}

/** The team of this page, and on a page of no team that of the page before. */
function useTeamInView(pathname: string, lastTeamId: string | null): string | null {
  const inPath = pathname.match(/^\/teams\/([^/]+)/)?.[1] ?? null;
  const [kept, setKept] = useState(lastTeamId);
  if (inPath !== null && inPath !== kept) setKept(inPath);
  return inPath ?? kept;
}

/** The page *How Gatehouse sees addresses*, where a role of the reader opens it. */
function addressesHref(teams: Me['teams']): string | null {
  const team = teams.find(({ role }) => hasPermission(role, 'addresses.view'));
  return team ? `/teams/${team.id}/addresses` : null;
}
