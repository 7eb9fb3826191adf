'use client';

import { useRouter } from 'next/navigation';
import { useEffect } from 'react';
import { PREFERENCE_SECONDS, ZONE_COOKIE } from '@/lib/contract/preferences';

/** Tells the server in which zone the viewer is, where the page was made for another. */
export function ViewerZone({ zone }: { zone: string }) {
  const router = useRouter();
  useEffect(() => {
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const cookie = `${ZONE_COOKIE}=${encodeURIComponent(here)}`;
    // One that the server was told and does not know stays UTC there.
    if (here === zone || document.cookie.split('; ').includes(cookie)) return;
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser yet
    document.cookie = `${cookie}; path=/; max-age=${PREFERENCE_SECONDS}; samesite=lax`;
    router.refresh();
  }, [zone, router]);
  return null;
}
