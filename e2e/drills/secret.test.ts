import { afterAll, expect, it, vi } from 'vitest';
import { ownServer, TestServer } from '../support/harness';

vi.setConfig({ testTimeout: 120_000 });

const server = ownServer();
const others: TestServer[] = [];
afterAll(async () => {
  for (const one of others) await one.stop();
});

const readiness = async (one: TestServer) => (await one.get('//api/health/ready')).status;
const ANOTHER = 'another secret, and as long as one has to be';

it('F21: an instance with another AUTH_SECRET is not ready, and says why in one line', async () => {
  await expect.poll(() => readiness(server), { timeout: 30_000 }).toBe(200);
  const strange = await TestServer.startBeside(server, { AUTH_SECRET: ANOTHER });
  others.push(strange);
  const { status, body } = await strange.get('//api/health/ready');
  expect([status, body.code]).toEqual([503, 'unavailable']);
  const lines = strange.log.split('\n').filter((line) => line.includes('AUTH_SECRET'));
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'error',
    msg: expect.stringMatching(/^AUTH_SECRET is not that of the other .* Give all the same one\./),
  });
  expect(strange.log).not.toContain(ANOTHER);

  const alike = await TestServer.startBeside(server);
  others.push(alike);
  await expect.poll(() => readiness(alike), { timeout: 30_000 }).toBe(200);
  expect(await readiness(server)).toBe(200);

  const { rows } = await server.db.query('SELECT mark FROM secret_marks');
  expect(rows).toEqual([{ mark: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
});

it('F21: where nobody has had the old one for a while, a new secret counts', async () => {
  const { log } = server;
  for (const one of [server, ...others.splice(0)]) await one.kill();
  await server.db.query(`UPDATE secret_marks SET seen_at = seen_at - interval '61 seconds'`);
  await server.launch({ AUTH_SECRET: ANOTHER });
  await expect.poll(() => readiness(server), { timeout: 30_000 }).toBe(200);
  expect(log).not.toContain('AUTH_SECRET');
});
