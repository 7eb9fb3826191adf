// `npm run bench` and `npm run bench:ws`: the figures of an edge, from a clone.

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
await import(process.argv[2] === 'ws' ? '../bench/ws/main.ts' : '../bench/http.ts');
