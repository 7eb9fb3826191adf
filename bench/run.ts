import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startEmbeddedPostgres } from '@/lib/platform/embedded-postgres';

/** Where a bench runs: a directory and a PostgreSQL of its own. */
export type Place = {
  directory: string;
  databaseUrl: string;
  /** Keeps how to stop what was started. Last started, first stopped. */
  onEnd: (stop: () => Promise<unknown>) => void;
};

/** Runs a bench. What it started is stopped at the end, also when it fails or is interrupted. */
export async function runBench(bench: (place: Place) => Promise<void>): Promise<void> {
  const stops: (() => Promise<unknown>)[] = [];
  const stopAll = async () => {
    for (let stop = stops.pop(); stop; stop = stops.pop()) {
      await stop().catch((error: unknown) => process.stderr.write(`${error}\n`));
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void stopAll().then(() => process.exit(1)));
  }
  try {
    const directory = await mkdtemp(path.join(tmpdir(), 'gatehouse-bench-'));
    stops.push(() => rm(directory, { recursive: true, force: true }));
    const postgres = await startEmbeddedPostgres(directory);
    stops.push(() => postgres.stop());
    await bench({
      directory,
      databaseUrl: postgres.connectionString,
      onEnd: (stop) => stops.push(stop),
    });
  } finally {
    await stopAll();
  }
}
