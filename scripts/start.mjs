// `npm start` and `npm run dev`: from whatever a clone lacks to a server that answers. Node's own
// modules alone, since nothing else may be installed yet; and no other file before the version is
// known, so that an old Node says what is wrong instead of stumbling over syntax.

import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `Gatehouse needs Node 20.19 or newer, and this is ${process.versions.node}. Install Node 24 from https://nodejs.org, then run it again.`,
  );
  process.exit(1);
}

const setup = await import('./setup.mjs');

const isDevelopment = process.argv.includes('--dev');
process.chdir(setup.root);
process.env.NODE_ENV = isDevelopment ? 'development' : 'production';
process.env.NEXT_TELEMETRY_DISABLED = '1';

if (major === 20) {
  console.log('Node 20 gets no security fixes any more: Gatehouse runs on it, but use Node 24.');
}

const endOnSignal = setup.endOnSignal();
setup.endWithNpm();
await setup.orExplain(async () => {
  await setup.checkPort();
  setup.checkTemporaryDirectory();
  await setup.checkDataDirectory();
  await setup.install({ withTools: false });
  await setup.generate();
  if (isDevelopment) await setup.buildHost();
  else await setup.build({ beforehand: setup.checkSettings });
});

// In this very process: a signal reaches the server and nobody in between, and when this process
// is killed no server is left behind. From here on `server.ts` answers for errors and exit codes.
if (isDevelopment) {
  await import('tsx');
  await import('../server.ts');
} else {
  await import(pathToFileURL(path.join(setup.root, setup.serverFile())).href);
}
endOnSignal.remove();
