'use client';

import { ErrorCard } from '@/components/shell/error-card';

export default function PageError({ error, retry }: { error: unknown; retry: () => void }) {
  return <ErrorCard error={error} retry={retry} />;
}
