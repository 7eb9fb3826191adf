import { runBench } from '@/bench/run';
import { freePort, TestServer } from '../support/test-server';
import { makeCertificate } from './packages';
import { PROXIES, startProxy } from './proxy';
import { checkProxy, type Scene } from './proxy-checks';
import { Table } from './table';

// README.md's settings for proxies, each alone and before two instances, by https, with the programs of
// Debian's packages.

const HOST = 'gatehouse.example.com';
/** `npm run interop:proxies -- nginx caddy`: those alone. */
const named = process.argv.slice(3).map((name) => name.toLowerCase());
const table = new Table(['proxy', 'instances']);

await runBench(async ({ directory, databaseUrl, onEnd }) => {
  TestServer.postgresUrl = () => databaseUrl;
  const certificate = makeCertificate(directory, HOST);
  for (const proxy of PROXIES) {
    if (named.length > 0 && !named.includes(proxy.name.toLowerCase())) continue;
    const tool = proxy.find();
    if (tool === null) {
      table.tell([proxy.name, ''], 'run', `apt-get install ${proxy.package}`, false);
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
    onEnd(() => first.kill());
    const second = await TestServer.startBeside(first);
    onEnd(() => second.kill());
    for (const instances of [[first], [first, second]]) {
      const label = [`${proxy.name} ${tool.version}`, String(instances.length)];
      const upstreams = instances.map((one) => one.port);
      const place = { directory, host: HOST, port, certificate, upstreams };
      let log = () => '';
      try {
        const running = await startProxy(proxy, tool, place);
        onEnd(running.stop);
        log = running.log;
        const scene: Scene = { instances, host: HOST, port, authority: certificate.authority };
        await checkProxy(scene, (...check) => table.tell(label, ...check));
        await running.stop();
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        table.tell(label, 'run', text, false);
        console.log(log().slice(-4_000));
      }
    }
    await second.stop();
    await first.stop();
  }
});

process.exitCode = table.end();
