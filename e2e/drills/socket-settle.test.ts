import { expect, it, vi } from 'vitest';
import { HOME, network, sharedServer } from '../support/harness';

// The attack: so many offers that putting them right takes longer than a statement may. If it were one
// statement, none of them would ever end, nor anything else that nobody is there to write.

vi.setConfig({ testTimeout: 120_000 });

/** More than one statement ends within the second it is given. */
const PILED_UP = 60_000;

const server = sharedServer();

it('what piled up while nobody was there is settled, however much it is', async () => {
  const teamId = await server.addTeam();
  const { id, sessionId } = await server.addUser({ teamId });
  const filling = await server.db.connect();
  await filling.query(
    `INSERT INTO connections (computer_id, user_id, session_id, network, state, expires_at)
     SELECT $1, $2, $3, $4, 'waiting_for_host', gatehouse_now() - interval '1 second'
     FROM generate_series(1, $5)`,
    [await server.addComputer(teamId), id, sessionId, network(HOME), PILED_UP],
  );
  filling.release();

  const waiting = () => server.count(`connections WHERE state = 'waiting_for_host'`);
  await vi.waitFor(async () => expect(await waiting()).toBe(0), { timeout: 60_000, interval: 500 });
  expect(await server.count(`connections WHERE state = 'expired'`)).toBe(PILED_UP);
});
