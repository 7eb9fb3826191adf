// `npm run interop:proxies` and `npm run interop:postgres`: what README.md says of proxies, poolers and
// PostgreSQL, run with Debian's packages. Not a part of `npm test`: they have to be installed.

import { build, endOnSignal, generate, install, orExplain, SetupError } from './setup.mjs';

process.env.NEXT_TELEMETRY_DISABLED = '1';
process.env.NODE_ENV = 'production';

const [what] = process.argv.slice(2);
const ending = endOnSignal();
await orExplain(async () => {
  if (what !== 'proxies' && what !== 'postgres') {
    throw new SetupError('Run it as `npm run interop:proxies` or `npm run interop:postgres`.');
  }
  await install({ withTools: true });
  await generate();
  await build({ distDir: process.env.NEXT_DIST_DIR || '.next' });
});
ending.remove();

await import('tsx');
await import(`../e2e/interop/${what}.ts`);
