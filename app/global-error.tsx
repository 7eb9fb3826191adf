'use client';

import { ErrorCard } from '@/components/shell/error-card';
import { latin } from './fonts';
import './globals.css';

/** Stands in for the root layout when that fails, so it brings its own document. */
export default function GlobalError({ error, retry }: { error: unknown; retry: () => void }) {
  return (
    <html lang="en" className={latin.variable}>
      <body className="font-sans">
        <title>Error · Gatehouse</title>
        <ErrorCard error={error} retry={retry} />
      </body>
    </html>
  );
}
