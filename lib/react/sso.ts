import type { z } from 'zod';
import type {
  CompletedSsoFlow,
  JoinedSso,
  JoinSsoBody,
  LogInMethods,
  StartSsoFlowBody,
} from '@/lib/contract/sso';
import { call } from './call';
import { askNextAuth } from './log-in';

/** Single sign-on in the browser: how it is begun, and how its end is fetched. */

/** How this email logs in. @throws ApiError */
export function findLogInMethods(email: string): Promise<LogInMethods> {
  return call('POST /log-in-methods', { body: { email } });
}

/**
 * Begins a round trip to an identity provider. A cookie binds it to this browser.
 * @returns where the browser, or a window of it, is to be sent
 * @throws ApiError
 */
export async function startSso(flow: z.input<typeof StartSsoFlowBody>): Promise<string> {
  const { url } = await call('POST /sso-flows', { body: flow });
  return url ?? (await askNextAuth(`signin/${flow.connectionId}`, {})).href;
}

/** Logs this browser in by an answered flow. @throws ApiError; `sso_refused` has its `reason` */
export async function completeLogIn(ticket: string): Promise<void> {
  await askNextAuth('callback/sso', { ticket });
}

/** Ends an answered flow that verifies or tests. @throws ApiError; `sso_refused` has its `reason` */
export function completeSso(ticket: string): Promise<CompletedSsoFlow> {
  return call('POST /sso-flows/complete', { body: { ticket } });
}

/** Where a log-in waits for its account to be proven. */
export const JOIN_PATH = '/sso/join';

/** Proves the account that this browser's log-in waits for, and logs it in. @throws ApiError */
export function joinSso(proof: z.input<typeof JoinSsoBody>): Promise<JoinedSso> {
  return call('POST /sso-flows/join', { body: proof });
}

/** Mails the link that proves it. @throws ApiError */
export function mailJoinLink(): Promise<unknown> {
  return call('POST /sso-flows/join-mail', { body: {} });
}

/** Between the window of a test and the page that opened it: same origin, same browser. */
const TESTS = 'gatehouse-sso-tests';
export type EndedTest = Pick<
  Extract<CompletedSsoFlow, { purpose: 'test' }>,
  'connectionId' | 'test'
>;

/** Tells the page that opened a test what it has found. */
export function tellOfTest({ connectionId, test }: EndedTest): void {
  const channel = new BroadcastChannel(TESTS);
  channel.postMessage({ connectionId, test } satisfies EndedTest);
  channel.close();
}

/** Hears of tests that end in other windows of this browser. @returns ends it */
export function hearOfTests(onTest: (ended: EndedTest) => void): () => void {
  const channel = new BroadcastChannel(TESTS);
  channel.onmessage = ({ data }: MessageEvent<EndedTest>) => onTest(data);
  return () => channel.close();
}
