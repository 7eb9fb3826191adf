import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { DnsServer, ssoEnv } from './dns-server';
import { listen } from './listen';
import { startTestPostgres, TestServer } from './test-server';

declare module 'vitest' {
  interface ProvidedContext {
    /** A PostgreSQL server of the tests' own; each tested server gets a database of its own there. */
    postgresUrl: string;
    /** Where a worker asks for the server that its test files share; see `sharedServer`. */
    sharedServers: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(path.join(tmpdir(), 'gatehouse-test-'));
  const postgres = await startTestPostgres(directory);
  const servers = new Map<string, Promise<TestServer>>();
  const desk = createServer(async ({ url: worker = '' }, response) => {
    const server = servers.get(worker) ?? startShared();
    servers.set(worker, server);
    await server.then(
      ({ place }) => response.end(JSON.stringify(place)),
      (error) => response.writeHead(500).end(String(error)),
    );
  });
  project.provide('postgresUrl', postgres.connectionString);
  project.provide('sharedServers', `http://127.0.0.1:${await listen(desk)}`);
  return async () => {
    desk.closeAllConnections();
    desk.close();
    for (const server of servers.values()) await (await server).stop();
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  };
}

async function startShared(): Promise<TestServer> {
  const dns = await DnsServer.start();
  await dns.stop();
  return TestServer.start({ LOG_LEVEL: 'debug', ...ssoEnv(dns.address) });
}
