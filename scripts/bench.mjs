// `npm run bench`: the figures, from a clone.

import { build, endOnSignal, generate, install, orExplain } from './setup.mjs';

process.env.NEXT_TELEMETRY_DISABLED = '1';
process.env.NODE_ENV = 'production';

const ending = endOnSignal();
await orExplain(async () => {
  await install({ withTools: true });
  await generate();
  await build();
});
ending.remove();

await import('tsx');
await import('../bench/http.ts');
