import type { Metadata, Viewport } from 'next';
import { cookies, headers } from 'next/headers';
import type { ReactNode } from 'react';
import { EarlyPresses } from '@/components/shell/early-presses';
import { Providers } from '@/components/shell/query-provider';
import { parseTheme, THEME_COOKIE, type Theme } from '@/lib/contract/preferences';
import { latin } from './fonts';
import './globals.css';

// The content security policy carries a nonce made for each request: a page rendered at build time
// could not know it, and its scripts would be refused.
export const dynamic = 'force-dynamic';

export const metadata: Metadata = {
  title: { default: 'Gatehouse', template: '%s · Gatehouse' },
  description: 'Protected actions work only from addresses their user has verified.',
  referrer: 'same-origin',
  robots: { index: false, follow: false },
  formatDetection: { telephone: false, address: false, email: false },
};

const canvas = { light: '#fafafa', dark: '#111113' };

export async function generateViewport(): Promise<Viewport> {
  const theme = await chosenTheme();
  if (theme !== 'system') return { colorScheme: theme, themeColor: canvas[theme] };
  return {
    colorScheme: 'light dark',
    themeColor: [
      { media: '(prefers-color-scheme: light)', color: canvas.light },
      { media: '(prefers-color-scheme: dark)', color: canvas.dark },
    ],
  };
}

async function chosenTheme(): Promise<Theme> {
  return parseTheme((await cookies()).get(THEME_COOKIE)?.value);
}

export default async function RootLayout({ children }: { children: ReactNode }) {
  const theme = await chosenTheme();
  const nonce = (await headers()).get('x-nonce') ?? '';
  return (
    <html lang="en" data-theme={theme} className={latin.variable}>
      <body className="font-sans">
        <EarlyPresses nonce={nonce} />
        <Providers now={new Date().toISOString()}>{children}</Providers>
      </body>
    </html>
  );
}
