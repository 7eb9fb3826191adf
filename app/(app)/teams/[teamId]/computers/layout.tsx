import type { ReactNode } from 'react';
import { SocketProvider } from '@/components/visit/socket-provider';

/** Who comes online and goes is shown as it happens. */
export default function TeamComputersLayout({ children }: { children: ReactNode }) {
  return <SocketProvider>{children}</SocketProvider>;
}
