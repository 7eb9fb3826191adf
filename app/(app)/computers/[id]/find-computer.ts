import { notFound } from 'next/navigation';
import { cache } from 'react';
import type { Computer } from '@/lib/contract/resources';
import { requirePageActor } from '@/lib/http/page';
import { findComputer as find } from '@/lib/service/computers/computers';

/** The computer that a page is about, asked for once; 404 for one that the reader may not connect to. */
export const findComputer = cache(async (id: string): Promise<Computer> => {
  const actor = await requirePageActor(`/computers/${id}`);
  return (await find(actor, id)) ?? notFound();
});
