import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Tests over real sockets against the built server and a real PostgreSQL. */
export default defineConfig({
  resolve: { alias: { '@': fileURLToPath(new URL('.', import.meta.url)).replace(/\/$/, '') } },
  test: {
    include: ['e2e/api/**/*.test.ts'],
    globalSetup: ['e2e/api/global-setup.ts'],
    environment: 'node',
    pool: 'forks',
    // Most of a test is waiting for a server: one more than there are processors.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 120_000,
  },
});
