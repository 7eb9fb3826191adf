'use client';

import { useMutation } from '@tanstack/react-query';
import { type ComponentProps, useEffect } from 'react';
import { FormError } from '@/components/form/form-error';
import { Button } from '@/components/ui/button';
import type { ApiError } from '@/lib/client/api';
import { startSso } from '@/lib/react/sso';

/** Sends this window to an identity provider. */
export function SsoButton({
  flow,
  ...button
}: Omit<ComponentProps<typeof Button>, 'onClick' | 'pending' | 'type'> & {
  flow: Parameters<typeof startSso>[0];
}) {
  const start = useMutation<string, ApiError>({
    mutationFn: () => startSso(flow),
    onSuccess: (url) => window.location.assign(url),
  });
  const { reset } = start;
  // Back from the provider: the browser shows the page as it was left, still waiting.
  useEffect(() => {
    const look = ({ persisted }: PageTransitionEvent) => {
      if (persisted) reset();
    };
    window.addEventListener('pageshow', look);
    return () => window.removeEventListener('pageshow', look);
  }, [reset]);
  return (
    <>
      <FormError error={start.error} title="Single sign-on could not begin" />
      <Button
        {...button}
        pending={start.isPending || start.isSuccess}
        onClick={() => start.mutate()}
      />
    </>
  );
}
