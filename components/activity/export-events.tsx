'use client';

import { Download } from 'lucide-react';
import { type MouseEvent, useRef, useState } from 'react';
import { Button } from '@/components/ui/button';
import { buttonClass } from '@/components/ui/button-class';
import { Callout } from '@/components/ui/callout';
import { countText } from '@/components/ui/count-text';
import { requestPath } from '@/lib/contract/call-path';
import type { QueryOf } from '@/lib/contract/endpoints';
import { EXPORT_FORMATS, type ExportFormat } from '@/lib/policy/event-export';
import { downloadFile } from '@/lib/react/download';

const NAMES: Record<ExportFormat, string> = { csv: 'CSV', ndjson: 'NDJSON' };

type State =
  | { is: 'idle' }
  | { is: 'running'; format: ExportFormat; rows: number }
  | { is: 'done'; rows: number }
  | { is: 'failed'; detail: string };

/**
 * Exports what the filter shows. Before scripts have loaded they are links, and the browser keeps the file; with
 * them one sees how far it is, and can stop it.
 */
export function useExport(
  teamId: string,
  query: Omit<QueryOf<'GET /teams/{teamId}/events/export'>, 'format'>,
) {
  const [state, setState] = useState<State>({ is: 'idle' });
  const running = useRef<AbortController | null>(null);
  const hrefOf = (format: ExportFormat) =>
    requestPath('GET /teams/{teamId}/events/export', {
      params: { teamId },
      query: { ...query, format },
    });
  const begin = async (format: ExportFormat) => {
    running.current?.abort();
    const controller = new AbortController();
    running.current = controller;
    setState({ is: 'running', format, rows: 0 });
    const tell = (next: State) => {
      if (running.current === controller) setState(next);
    };
    try {
      // The head of a CSV file is no event.
      const head = format === 'csv' ? 1 : 0;
      const lines = await downloadFile(hrefOf(format), controller.signal, (read) =>
        tell({ is: 'running', format, rows: Math.max(0, read - head) }),
      );
      tell({ is: 'done', rows: Math.max(0, lines - head) });
    } catch (error) {
      const isStopped = controller.signal.aborted;
      tell(
        isStopped
          ? { is: 'idle' }
          : { is: 'failed', detail: error instanceof Error ? error.message : 'Try again.' },
      );
    }
  };
  const actions = EXPORT_FORMATS.map((format) => (
    <a
      key={format}
      href={hrefOf(format)}
      download
      className={buttonClass('secondary')}
      onClick={(event: MouseEvent) => {
        event.preventDefault();
        if (state.is !== 'running') void begin(format);
      }}
    >
      <Download aria-hidden className="size-4 shrink-0" />
      <span>{`Export ${NAMES[format]}`}</span>
    </a>
  ));
  const status = <ExportStatus state={state} onStop={() => running.current?.abort()} />;
  return { actions, status };
}

function ExportStatus({ state, onStop }: { state: State; onStop: () => void }) {
  if (state.is === 'idle') return null;
  if (state.is === 'failed') {
    return (
      <div className="mb-4">
        <Callout tone="danger" live title="The export did not finish, and nothing was kept">
          {state.detail}
        </Callout>
      </div>
    );
  }
  return (
    <div className="mb-4 flex flex-wrap items-center gap-3 rounded-lg border border-line bg-sunken px-4 py-3">
      <p role="status" className="min-w-0 flex-1 tabular-nums">
        {state.is === 'running' ? (
          <span>{`Exporting ${NAMES[state.format]}: ${countText(state.rows, 'event')} so far`}</span>
        ) : (
          <span>{`Exported ${countText(state.rows, 'event')}.`}</span>
        )}
      </p>
      {state.is === 'running' ? (
        <Button size="sm" onClick={onStop}>
          Cancel
        </Button>
      ) : null}
    </div>
  );
}
