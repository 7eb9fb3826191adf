import type { ReactNode } from 'react';
import { GatewayProvider } from '@/components/visit/socket-provider';

/** One socket for the list and the session pages: going from one to another keeps it open. */
export default function ComputersLayout({ children }: { children: ReactNode }) {
  return <GatewayProvider>{children}</GatewayProvider>;
}
