import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '@/lib/platform/embedded-postgres';

declare module 'vitest' {
  interface ProvidedContext {
    /** A PostgreSQL server of the tests' own; each tested server gets a database of its own there. */
    postgresUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(path.join(tmpdir(), 'gatehouse-test-'));
  const postgres = await startEmbeddedPostgres(directory);
  project.provide('postgresUrl', postgres.connectionString);
  return async () => {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  };
}
