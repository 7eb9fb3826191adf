import { PAGE_ROWS_MAX } from '@/lib/contract/paging';
import type { Page } from '@/lib/contract/resources';
import { callApi, type Method } from './api';
import { throughGate } from './gate';
import { type StoredSession, writeSession } from './session-file';

/** The API as the signed-in person uses it. */
export class Client {
  constructor(
    public session: StoredSession,
    /** Whether the gate is to be passed in a browser rather than by password here. */
    readonly prefersBrowser: boolean,
  ) {}

  /** One call, as it is. @throws Refusal, Failure */
  call<T>(method: Method, path: string, body?: unknown): Promise<T> {
    return callApi<T>(this.session, method, path, body);
  }

  /** One call, repeated once the gate is passed, where the gate refuses it. @throws Refusal, Failure */
  callThroughGate<T>(method: Method, path: string, body?: unknown): Promise<T> {
    return throughGate(this, () => this.call<T>(method, path, body));
  }

  /** A whole list, page after page; each repeated as a call is. @throws Refusal, Failure */
  async listThroughGate<T>(path: string): Promise<Page<T>> {
    const data: T[] = [];
    let cursor: string | null = null;
    do {
      const next: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page: Page<T> = await this.callThroughGate(
        'GET',
        `${path}?limit=${PAGE_ROWS_MAX}${next}`,
      );
      data.push(...page.data);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return { data, nextCursor: null };
  }

  /** Takes the token that replaces the session's. */
  keepToken(token: string): void {
    this.session = { ...this.session, token };
    writeSession(this.session);
  }
}
