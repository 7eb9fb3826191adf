'use client';

import { useQueryClient } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Button } from '@/components/ui/button';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import type { Selection } from '@/components/ui/data-table';
import { isGateRefusal } from '@/lib/client/gate';
import { useGatedMutation } from '@/lib/react/gated-mutation';

export type Chosen<Row> = Selection<Row> & { rows: readonly Row[]; clear: () => void };

/** Which rows of those shown are chosen. What is turned over to another page is chosen no more. */
export function useSelection<Row>(
  shown: readonly Row[],
  keyOf: (row: Row) => string,
  nameOf: (row: Row) => string,
): Chosen<Row> {
  const [keys, setKeys] = useState<ReadonlySet<string>>(new Set());
  const has = (row: Row) => keys.has(keyOf(row));
  return {
    rows: shown.filter(has),
    has,
    nameOf,
    toggle: (row) =>
      setKeys((before) => {
        const after = new Set(before);
        if (!after.delete(keyOf(row))) after.add(keyOf(row));
        return after;
      }),
    setAll: (isChosen) => setKeys(new Set(isChosen ? shown.map(keyOf) : [])),
    clear: () => setKeys(new Set()),
  };
}

/** How many rows are chosen, and what can be done with all of them. Nothing while none is. */
export function SelectionBar({
  chosen,
  children,
}: {
  chosen: Pick<Chosen<never>, 'clear'> & { rows: readonly unknown[] };
  /** Buttons. */
  children: ReactNode;
}) {
  const count = chosen.rows.length;
  return (
    <>
      <span role="status" className="sr-only">
        {count > 0 ? `${count} selected` : ''}
      </span>
      {count > 0 ? (
        <section
          aria-label="Selected rows"
          className="mb-3 flex flex-wrap items-center gap-2 rounded-lg bg-accent-soft py-2 pr-2 pl-4"
        >
          <p className="mr-auto font-medium tabular-nums">{count} selected</p>
          {children}
          <Button variant="ghost" size="sm" icon={X} onClick={chosen.clear}>
            Clear
          </Button>
        </section>
      ) : null}
    </>
  );
}

/**
 * Does the same with each chosen row, one call after the other, once it is confirmed. What failed is told by
 * row, and stays chosen; after a prompt that was not passed, the rest is left as it is.
 */
export function BulkDialog<Row>({
  chosen,
  open,
  onClose,
  act,
  onDone,
  ...dialog
}: {
  chosen: Chosen<Row>;
  open: boolean;
  onClose: () => void;
  /** @throws ApiError, in the words that are shown */
  act: (row: Row, reason: string) => Promise<unknown>;
  /** With what was done. */
  onDone?: (done: readonly Row[]) => void;
  title: string;
  confirmLabel: string;
  reason?: { label: string; hint?: string; required?: boolean };
  children: ReactNode;
}) {
  const queries = useQueryClient();
  const [failures, setFailures] = useState<readonly { name: string; why: string }[]>([]);
  const one = useGatedMutation({
    mutationFn: ({ row, reason }: { row: Row; reason: string }) => act(row, reason),
  });
  const confirm = async (reason: string) => {
    const failed: { name: string; why: string }[] = [];
    const done: Row[] = [];
    for (const row of chosen.rows) {
      try {
        await one.mutateAsync({ row, reason });
        done.push(row);
      } catch (error) {
        const why = error instanceof Error ? error.message : 'Try again.';
        failed.push({ name: chosen.nameOf(row), why });
        if (isGateRefusal(error)) break;
      }
    }
    for (const row of done) chosen.toggle(row);
    setFailures(failed);
    onDone?.(done);
    await queries.invalidateQueries();
    // The dialog stays, and says which.
    if (failed.length > 0) throw new Error('not all was done');
  };
  return (
    <ConfirmDialog
      {...dialog}
      open={open}
      onOpenChange={(next) => {
        setFailures([]);
        if (!next) onClose();
      }}
      error={
        failures.length === 0 ? null : (
          <>
            <p>Not done for:</p>
            <ul className="list-disc pl-5">
              {failures.map(({ name, why }) => (
                <li key={name}>
                  <span>{name}</span>: <span>{why}</span>
                </li>
              ))}
            </ul>
          </>
        )
      }
      onConfirm={confirm}
    />
  );
}
