import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Unit tests, beside the code they test. Those that need a running server have `vitest.api.config.ts`. */
export default defineConfig({
  resolve: { alias: { '@': fileURLToPath(new URL('.', import.meta.url)).replace(/\/$/, '') } },
  test: {
    include: [
      'lib/**/*.test.ts',
      'components/**/*.test.ts',
      'bin/**/*.test.ts',
      'scripts/**/*.test.ts',
    ],
    environment: 'node',
    restoreMocks: true,
    // The longest wait for databases and processes: more of them than there are processors.
    maxWorkers: 3,
    testTimeout: 10_000,
  },
});
