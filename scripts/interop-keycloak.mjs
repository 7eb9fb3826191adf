// `KEYCLOAK_HOME=/path/to/keycloak npm run interop:keycloak`: single sign-on with a real Keycloak,
// by OpenID Connect and SAML. Not a part of `npm test`: it needs Java and a distribution of Keycloak.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { build, endOnSignal, generate, install, orExplain, SetupError } from './setup.mjs';

process.env.NEXT_TELEMETRY_DISABLED = '1';
process.env.NODE_ENV = 'production';

const ending = endOnSignal();
await orExplain(async () => {
  requireKeycloak();
  await install({ withTools: true });
  await generate();
  await build({ distDir: process.env.NEXT_DIST_DIR || '.next' });
});
ending.remove();

await import('tsx');
await import('../e2e/keycloak/main.ts');

function requireKeycloak() {
  const home = process.env.KEYCLOAK_HOME;
  if (!home) {
    throw new SetupError(
      'KEYCLOAK_HOME is not set. Unpack a Keycloak distribution (https://www.keycloak.org/downloads) and run this as\n' +
        '  KEYCLOAK_HOME=/path/to/keycloak npm run interop:keycloak',
    );
  }
  if (!fs.existsSync(path.join(home, 'bin', 'kc.sh'))) {
    throw new SetupError(`KEYCLOAK_HOME is ${home}, but there is no bin/kc.sh in it.`);
  }
  const java = process.env.JAVA_HOME ? path.join(process.env.JAVA_HOME, 'bin', 'java') : 'java';
  if (spawnSync(java, ['-version']).status !== 0) {
    throw new SetupError('Keycloak needs Java, and none was found. Install it, or set JAVA_HOME.');
  }
}
