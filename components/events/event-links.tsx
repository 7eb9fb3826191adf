'use client';

import { createContext, type ReactNode, useContext } from 'react';
import { TextLink } from '@/components/ui/text-link';

/** The page on which more of what an event names is found; null: nothing leads anywhere. */
export const EventLinks = createContext<string | null>(null);

/** What an event names, leading to the events of the same. */
export function EventLink({
  by,
  value,
  children,
}: {
  by: 'userId' | 'computerId' | 'network' | 'sessionId' | 'requestId';
  /** Null: it is not known any more. */
  value: string | null | undefined;
  children: ReactNode;
}) {
  const path = useContext(EventLinks);
  if (path === null || !value) return children;
  return <TextLink href={`${path}?${new URLSearchParams({ [by]: value })}`}>{children}</TextLink>;
}
