import { expect, it } from 'vitest';
import { currentClient, currentRequestId, runWithClient } from '@/lib/platform/client-store';

const at = (address: string) => ({ address, network: `${address}/32`, reason: null });

it('outside of a request there is no client', () => {
  expect(currentClient()).toBeNull();
  expect(currentRequestId()).toBeNull();
});

it('SES-18 requests that run at once each see their own client', async () => {
  const seen = await Promise.all(
    ['198.51.100.7', '203.0.113.66'].map((address) =>
      runWithClient(
        at(address),
        async () => {
          await new Promise((resolve) => setImmediate(resolve));
          return [currentClient()?.address, currentRequestId()];
        },
        `id of ${address}`,
      ),
    ),
  );
  expect(seen).toEqual([
    ['198.51.100.7', 'id of 198.51.100.7'],
    ['203.0.113.66', 'id of 203.0.113.66'],
  ]);
});
