import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Small files that take long. By their size they would come last, and be waited for. */
const FIRST = ['revocation', 'socket-limits', 'session-limits', 'mail'];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const place = ({ moduleId }: TestSpecification) =>
      FIRST.some((name) => moduleId.endsWith(`/${name}.test.ts`)) ? 0 : 1;
    return sorted.sort((a, b) => place(a) - place(b));
  }
}

/** Tests over real sockets against the built server and a real PostgreSQL. */
export default defineConfig({
  resolve: { alias: { '@': fileURLToPath(new URL('.', import.meta.url)).replace(/\/$/, '') } },
  test: {
    include: ['e2e/{api,drills}/**/*.test.ts'],
    globalSetup: ['e2e/support/global-setup.ts'],
    environment: 'node',
    pool: 'forks',
    // Most of a test is waiting for a server: one more than there are processors.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    testTimeout: 30_000,
    hookTimeout: 120_000,
  },
});
