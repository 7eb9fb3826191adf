import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { runBench } from '@/bench/run';
import { freePort, TestServer } from '../test-server';
import { makeCertificate } from './packages';
import { PROXIES, startProxy } from './proxy';
import { checkProxy, type Scene } from './proxy-checks';
import { Table } from './table';

// README.md's settings for proxies, each alone and before two instances, by https, with the programs of
// Debian's packages.

const HOST = 'gatehouse.example.com';
const table = new Table(['proxy', 'instances', 'check', 'result']);

await runBench(async ({ directory, databaseUrl, onEnd }) => {
  TestServer.postgresUrl = () => databaseUrl;
  const certificate = makeCertificate(directory, HOST);
  for (const proxy of PROXIES) {
    const tool = proxy.find();
    if (tool === null) {
      table.fail([proxy.name, '', 'not run', `apt-get install ${proxy.package}`]);
      continue;
    }
    const port = await freePort();
    const first = await TestServer.start({
      APP_URL: `https://${HOST}:${port}`,
      TRUSTED_PROXIES: '127.0.0.1',
      // Its clients are here addresses of this machine.
      PRIVATE_CLIENTS: 'allow',
      DRAIN_SECONDS: '',
    });
    onEnd(() => first.stop());
    const second = await TestServer.startBeside(first);
    onEnd(() => second.stop());
    for (const instances of [[first], [first, second]]) {
      const running = await startProxy(proxy, tool, {
        directory,
        host: HOST,
        port,
        certificate,
        upstreams: instances.map((one) => one.port),
      });
      onEnd(running.stop);
      const scene: Scene = { instances, host: HOST, port, authority: certificate.authority };
      const name = `${proxy.name} ${tool.version}`;
      try {
        await checkProxy(scene, (check, result, isGood) => {
          const row = [name, String(instances.length), check, result];
          if (isGood) table.add(row);
          else table.fail(row);
        });
      } catch (error) {
        table.fail([name, String(instances.length), 'went wrong', String(error)]);
        console.log(running.log().slice(-4_000));
      }
      await running.stop();
      await delay(200);
    }
    await second.stop();
    await first.stop();
  }
});

table.print();
console.log(`${table.passed} passed, ${table.failed} failed (${tmpdir()})`);
process.exitCode = table.failed === 0 ? 0 : 1;
