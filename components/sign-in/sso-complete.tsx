'use client';

import { useEffect, useRef, useState } from 'react';
import { WaitingCard } from '@/components/shell/waiting-card';
import { SsoFailed } from '@/components/sign-in/sso-failed';
import { SsoTestResult } from '@/components/sign-in/sso-test-result';
import { SsoVerified } from '@/components/sign-in/sso-verified';
import { ApiError } from '@/lib/client/api';
import type { CompletedSsoFlow } from '@/lib/contract/sso';
import { completeLogIn, completeSso, JOIN_PATH, tellOfTest } from '@/lib/react/sso';

type Purpose = 'log_in' | 'verify' | 'test';

const WAITING: Record<Purpose, string> = {
  log_in: 'Signing you in…',
  verify: 'Verifying…',
  test: 'Reading the answer…',
};

/** The end of a round trip: takes what the provider said, once, and goes on or shows it. */
export function SsoComplete({
  purpose,
  returnPath,
}: {
  purpose: Purpose;
  /** Checked by the server. */
  returnPath: string;
}) {
  const [completed, setCompleted] = useState<CompletedSsoFlow | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const hasBegun = useRef(false);
  useEffect(() => {
    // The ticket works once.
    if (hasBegun.current) return;
    hasBegun.current = true;
    const ticket = window.location.hash.slice(1);
    window.history.replaceState(null, '', '/sso/complete');
    const failed = (reason: unknown) => {
      if (!(reason instanceof ApiError)) throw reason;
      if (reason.problem.reason === 'proof_needed') window.location.replace(JOIN_PATH);
      else setError(reason);
    };
    if (purpose === 'log_in') {
      // A full load: nothing that was shown before belongs to the new session.
      completeLogIn(ticket).then(() => window.location.replace(returnPath), failed);
    } else {
      completeSso(ticket).then((ended) => {
        if (ended.purpose === 'test') tellOfTest(ended);
        setCompleted(ended);
      }, failed);
    }
  }, [purpose, returnPath]);

  if (error) {
    const again = { log_in: '/login', verify: returnPath, test: null }[purpose];
    return <SsoFailed live reason={null} message={error.message} again={again} />;
  }
  if (completed?.purpose === 'test') return <SsoTestResult test={completed.test} />;
  if (completed?.purpose === 'verify') {
    return <SsoVerified verifiedIp={completed.verifiedIp} returnPath={returnPath} />;
  }
  return <WaitingCard title={WAITING[purpose]} />;
}
