// `npm run bench`, `npm run bench:ws` and `npm run bench:pages`: the figures of an edge, from a clone.

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
const BENCHES = { http: 'http.ts', ws: 'ws/main.ts', pages: 'pages.ts' };
await import(`../bench/${BENCHES[process.argv[2] ?? 'http']}`);
