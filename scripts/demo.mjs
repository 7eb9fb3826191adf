// `npm run demo`: a team with a past in a throw-away directory, the theft of a session told by real requests,
// and a server that goes on, with a port for each network that one may be in.

import {
  build,
  checkPorts,
  endOnSignal,
  endWithNpm,
  generate,
  install,
  orExplain,
} from './setup.mjs';

process.env.NEXT_TELEMETRY_DISABLED = '1';
process.env.NODE_ENV = 'production';

const first = Number(process.env.PORT?.trim() || 3000);
const ports = [first, first + 1, first + 2];

const ending = endOnSignal();
endWithNpm();
await orExplain(async () => {
  await checkPorts('127.0.0.1', ports, 'npm run demo');
  await install({ withTools: false });
  await generate();
  await build();
});
await import('tsx');
const { runDemo } = await import('./demo/main.ts');
ending.remove();
await runDemo(ports);
