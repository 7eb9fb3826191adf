import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startEmbeddedPostgres } from '@/lib/platform/postgres/embedded';

/** Where a bench runs: a directory and a PostgreSQL of its own. */
export type Place = {
  directory: string;
  databaseUrl: string;
  /** Keeps how to stop what was started. Last started, first stopped. */
  onEnd: (stop: Stop) => void;
};

/** Runs a bench. What it started is stopped at the end, also when it fails or is interrupted. */
export async function runBench(bench: (place: Place) => Promise<void>): Promise<void> {
  const stops: Stop[] = [];
  let stopping: Promise<void> | null = null;
  const stopAll = () => {
    stopping ??= stopInTurn(stops);
    return stopping;
  };
  const onEnd = (stop: Stop) => {
    stops.push(stop);
    // Interrupted while it started.
    if (stopping) stopping = stopping.then(() => stopInTurn(stops));
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // Also a second time: a Ctrl-C comes from the terminal and from npm.
    process.on(signal, () => void stopAll().then(() => process.exit(1)));
  }
  try {
    const directory = await mkdtemp(path.join(tmpdir(), 'gatehouse-bench-'));
    onEnd(() => rm(directory, { recursive: true, force: true }));
    const postgres = await startEmbeddedPostgres(directory);
    onEnd(() => postgres.stop());
    await bench({ directory, databaseUrl: postgres.connectionString, onEnd });
  } finally {
    await stopAll();
  }
}

type Stop = () => Promise<unknown>;

async function stopInTurn(stops: Stop[]): Promise<void> {
  for (let stop = stops.pop(); stop; stop = stops.pop()) {
    await stop().catch((error: unknown) => process.stderr.write(`${error}\n`));
  }
}
