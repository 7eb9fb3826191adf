import { expect, it } from 'vitest';
import { onShutdown, runShutdownHooks } from '@/lib/platform/shutdown';

it('what was opened last is closed first, and each only once', async () => {
  const closed: string[] = [];
  onShutdown('pool', () => void closed.push('pool'));
  onShutdown('buffer', async () => void closed.push('buffer'));
  await runShutdownHooks(1_000, () => {});
  await runShutdownHooks(1_000, () => {});
  expect(closed).toEqual(['buffer', 'pool']);
});

it('one that fails or hangs is reported and keeps no other from running', async () => {
  const closed: string[] = [];
  const reported: string[] = [];
  onShutdown('first', () => void closed.push('first'));
  onShutdown('hangs', () => new Promise(() => {}));
  onShutdown('throws', () => {
    throw new Error('broken');
  });
  await runShutdownHooks(20, (name, error) =>
    reported.push(`${name}: ${(error as Error).message}`),
  );
  expect(closed).toEqual(['first']);
  expect(reported).toEqual(['throws: broken', 'hangs: not done after 20 ms']);
});
