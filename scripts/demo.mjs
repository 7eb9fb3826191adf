// `npm run demo`: a team with a past in a throw-away directory, the story of the stolen token told by
// real requests, and a server that goes on.

import { build, checkPort, endOnSignal, generate, install, orExplain } from './setup.mjs';

process.env.NEXT_TELEMETRY_DISABLED = '1';
process.env.NODE_ENV = 'production';

const ending = endOnSignal();
await orExplain(async () => {
  await checkPort();
  await install({ withTools: false });
  await generate();
  await build();
});
await import('tsx');
const { runDemo } = await import('./demo/main.ts');
ending.remove();
await runDemo();
