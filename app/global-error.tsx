'use client';

import { GeistMono } from 'geist/font/mono';
import { GeistSans } from 'geist/font/sans';
import { Tooltip } from 'radix-ui';
import { ErrorCard } from '@/components/shell/error-card';
import './globals.css';

/** Stands in for the root layout when that fails, so it brings its own document. */
export default function GlobalError({ error, retry }: { error: unknown; retry: () => void }) {
  return (
    <html lang="en" className={`${GeistSans.variable} ${GeistMono.variable}`}>
      <body className="font-sans">
        <title>Error · Gatehouse</title>
        <Tooltip.Provider>
          <ErrorCard error={error} retry={retry} />
        </Tooltip.Provider>
      </body>
    </html>
  );
}
