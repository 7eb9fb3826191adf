import { copyFile, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runBench } from '@/bench/run';
import { SsoScene, SsoTeam } from '../support/sso-scene';
import { TestServer } from '../support/test-server';
import { checkOidc, checkSaml } from './checks';
import { Keycloak } from './keycloak';
import { Report } from './report';

/** Single sign-on with a real Keycloak, from the distribution at `KEYCLOAK_HOME`. */

const home = path.resolve(process.env.KEYCLOAK_HOME ?? '');
const report = new Report();

await runBench(async ({ directory, databaseUrl, onEnd }) => {
  console.log('Starting Keycloak…');
  const keycloak = await Keycloak.start(home, directory);
  onEnd(() => keycloak.stop());
  console.log(`${await keycloak.version()} serves ${keycloak.issuer}`);
  TestServer.postgresUrl = () => databaseUrl;
  const scene = await SsoScene.start();
  onEnd(() => scene.stop());
  const { id, owner } = await scene.addTeam();
  const run = { scene, team: new SsoTeam(scene, id, owner, 'harbour.example'), keycloak, report };
  await report.run(() => checkOidc(run));
  await report.run(() => checkSaml(run));
  if (report.failed > 0) {
    const logs = await mkdtemp(path.join(tmpdir(), 'gatehouse-interop-'));
    await copyFile(keycloak.logFile, path.join(logs, 'keycloak.log'));
    await writeFile(path.join(logs, 'gatehouse.log'), scene.server.log);
    console.log(`What both have logged: ${logs}`);
  }
});

console.log(`${report.passed} passed, ${report.failed} failed`);
process.exitCode = report.failed === 0 ? 0 : 1;
