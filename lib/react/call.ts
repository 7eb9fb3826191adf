import { type ApiAnswer, ApiError, apiOver, toApiError } from '@/lib/client/api';
import { PAGE_USER_HEADER, PAGE_USER_META } from '@/lib/contract/page-user';

/** Calls the API from the browser, known by the session cookie; code `network` when no answer came. */
export const call = apiOver(async ({ path, headers, ...init }) => {
  const pageUser = findPageUser();
  const answer = await send(path, {
    ...init,
    headers: { ...headers, ...(pageUser !== null && { [PAGE_USER_HEADER]: pageUser }) },
  });
  if (isOfOtherUser(answer)) leaveOthersPage();
  return answer;
});

/** Whose page this is; null: nobody's, before the log-in. */
export function findPageUser(): string | null {
  const meta = document.querySelector<HTMLMetaElement>(`meta[name="${PAGE_USER_META}"]`);
  return meta?.content ?? null;
}

/** What stands in the page is somebody else's by now: nothing of it is to be gone on with. */
export function leaveOthersPage(): void {
  window.location.reload();
}

/**
 * One request beside the API whose answer is JSON.
 * @param isAnswer what counts as an answer; everything else is a refusal
 * @throws ApiError; code `network` when no answer came
 */
export async function requestJson<T>(
  url: string,
  init: RequestInit,
  isAnswer = (status: number) => status >= 200 && status <= 299,
): Promise<T> {
  const answer = await send(url, init);
  if (!isAnswer(answer.status)) throw toApiError(answer.body, answer.status);
  return answer.body as T;
}

async function send(url: string, init: RequestInit): Promise<ApiAnswer> {
  const response = await fetch(url, init).catch(() => {
    throw new ApiError(
      0,
      'network',
      'The server can’t be reached. Check your connection and try again.',
      {},
    );
  });
  const { status } = response;
  return { status, body: status === 204 ? undefined : await response.json().catch(() => ({})) };
}

const isOfOtherUser = ({ status, body }: ApiAnswer) =>
  status === 409 && (body as { code?: unknown }).code === 'other_user';
