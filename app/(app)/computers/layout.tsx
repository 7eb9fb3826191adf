import type { ReactNode } from 'react';
import { SocketProvider } from '@/components/visit/socket-provider';

/** One socket for the list and the visits: going from one to another keeps it open. */
export default function ComputersLayout({ children }: { children: ReactNode }) {
  return <SocketProvider>{children}</SocketProvider>;
}
