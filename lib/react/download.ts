import { ApiError, toApiError } from '@/lib/client/api';
import { PAGE_USER_HEADER } from '@/lib/contract/page-user';
import { findPageUser } from './call';

const NEW_LINE = 10;

/**
 * Fetches a file of the API and hands it to the browser once it is whole.
 * @param onLines told how many lines have come, now and then
 * @returns how many lines it has
 * @throws ApiError; code `network` when it did not come to its end
 */
export async function downloadFile(
  path: string,
  signal: AbortSignal,
  onLines: (lines: number) => void,
): Promise<number> {
  const pageUser = findPageUser();
  const response = await fetch(path, {
    signal,
    ...(pageUser !== null && { headers: { [PAGE_USER_HEADER]: pageUser } }),
  }).catch(brokenOff);
  if (!response.ok || !response.body) {
    throw toApiError(await response.json().catch(() => ({})), response.status);
  }
  const reader = response.body.getReader();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let lines = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(brokenOff);
    if (done) break;
    parts.push(value);
    for (const byte of value) if (byte === NEW_LINE) lines += 1;
    onLines(lines);
  }
  const name = /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '')?.[1];
  const url = URL.createObjectURL(new Blob(parts, { type: 'application/octet-stream' }));
  const link = Object.assign(document.createElement('a'), { href: url, download: name ?? '' });
  link.click();
  URL.revokeObjectURL(url);
  return lines;
}

function brokenOff(): never {
  throw new ApiError(
    0,
    'network',
    'It broke off on its way. Check your connection and try again.',
    {},
  );
}
