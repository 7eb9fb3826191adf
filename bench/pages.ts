import pg from 'pg';
import { BIG, type Filled, fillTeam, PAGES, type Size, SMALL } from '@/e2e/support/big-team';
import { cpuMs, median, print } from './figures';
import { type Place, runBench } from './run';
import { emailOf, HOME, seedMember, seedSessions, seedTeam } from './seed';
import { type RunningServer, startServer } from './server';

/**
 * The server's time for each page: of a team of 5,000 with all that it gathers, and of a team of 3 in the same
 * run. What a page costs there is what Next itself takes to make it. Prints a Markdown table.
 */
const WARM_UP = 10;
const REQUESTS = Number(process.env.BENCH_REQUESTS ?? 20);

type Team = Filled & { teamId: string; token: string };
type Figures = { ms: number[]; cpuMs: number; bytes: number };

async function run(place: Place): Promise<void> {
  const server = await startServer(place);
  const db = new pg.Pool({ connectionString: place.databaseUrl, max: 2 });
  place.onEnd(() => db.end());
  const small = await seed(db, 'Small', SMALL);
  const big = await seed(db, 'Big', BIG);
  await db.query('VACUUM ANALYZE');

  const paths = Object.entries(PAGES);
  for (const [, path] of paths) {
    for (const team of [small, big]) await measure(server, team, path(team), WARM_UP);
  }
  print(
    '| page | team of 3: ms | team of 5,000: ms | slowest | times as long | CPU ms of 3 | CPU ms of 5,000 | KiB of 3 | KiB of 5,000 |',
  );
  print('| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
  for (const [name, path] of paths) {
    const few = await measure(server, small, path(small), REQUESTS);
    const many = await measure(server, big, path(big), REQUESTS);
    const cells = [
      name,
      median(few.ms).toFixed(0),
      median(many.ms).toFixed(0),
      Math.max(...many.ms).toFixed(0),
      (median(many.ms) / median(few.ms)).toFixed(1),
      few.cpuMs.toFixed(0),
      many.cpuMs.toFixed(0),
      Math.round(few.bytes / 1_024),
      Math.round(many.bytes / 1_024),
    ];
    print(`| ${cells.join(' | ')} |`);
  }
}

/** A team of a size with its owner, who has a session at home. */
async function seed(db: pg.Pool, name: string, size: Size): Promise<Team> {
  const teamId = await seedTeam(db);
  const id = await seedMember(db, teamId, name, 'owner');
  const [token = ''] = await seedSessions(db, id, 1);
  return {
    teamId,
    token,
    ...(await fillTeam(db, { teamId, owner: { id, email: emailOf(name) } }, size)),
  };
}

/** One request after the other, as nobody waits for anybody then. @throws when an answer is not 200 */
async function measure(
  server: RunningServer,
  { token }: Team,
  path: string,
  requests: number,
): Promise<Figures> {
  const headers = {
    cookie: `gatehouse.${server.port}.session=${token}`,
    'x-forwarded-for': HOME,
  };
  const figures: Figures = { ms: [], cpuMs: 0, bytes: 0 };
  const cpuBefore = await cpuMs(server.pid);
  for (let i = 0; i < requests; i++) {
    const begun = performance.now();
    const answer = await fetch(`http://localhost:${server.port}${path}`, {
      headers,
      redirect: 'error',
    });
    const html = await answer.text();
    figures.ms.push(performance.now() - begun);
    figures.bytes = Buffer.byteLength(html);
    // What fails while it is sent has said 200 already.
    if (answer.status !== 200 || html.includes('data-dgst'))
      throw new Error(`${path} failed with ${answer.status}`);
  }
  figures.cpuMs = ((await cpuMs(server.pid)) - cpuBefore) / requests;
  return figures;
}

await runBench(run);
