'use client';

import { useSyncExternalStore } from 'react';

/**
 * What stands behind the `#` of the page's address, where no browser sends it and no proxy logs it: the
 * token of a mailed link. Empty for none; null while the page is not alive yet, which can't know.
 */
export function useFragment(): string | null {
  return useSyncExternalStore(subscribe, () => decode(window.location.hash), unknown);
}

const unknown = () => null;

function subscribe(onChange: () => void): () => void {
  window.addEventListener('hashchange', onChange);
  return () => window.removeEventListener('hashchange', onChange);
}

function decode(hash: string): string {
  try {
    return decodeURIComponent(hash.slice(1)).trim();
  } catch {
    return '';
  }
}
