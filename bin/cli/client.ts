import { isIP } from 'node:net';
import type { Me } from '@/lib/contract/resources';
import { callApi, type Family, type Method } from './api';
import { type StoredSession, writeSession } from './session-file';

const FAMILIES: readonly Family[] = [4, 6];

/** The API as the signed-in person uses it. */
export class Client {
  /** By which addresses the server is reached from now on; null: whichever answer first. */
  family: Family | null = null;
  private lastFamily: Family | null = null;

  constructor(
    public session: StoredSession,
    /** Whether the gate is to be passed in a browser rather than by password here. */
    readonly prefersBrowser: boolean,
  ) {}

  /** One call, as it is. @throws Refusal, Failure */
  call<T>(method: Method, path: string, body?: unknown, family = this.family): Promise<T> {
    const onFamily = (used: Family) => {
      this.lastFamily = used;
    };
    return callApi<T>({ ...this.session, family, onFamily }, method, path, body);
  }

  /** Takes the token that replaces the session's. */
  keepToken(token: string): void {
    this.session = { ...this.session, token };
    writeSession(this.session);
  }

  /** What follows goes the way that the last call went, so that it comes from the same network. */
  keepFamily(): void {
    this.family = this.lastFamily;
  }

  /**
   * Looks whether the server is reached from a verified network by one family of addresses, and keeps to
   * that one. @returns the network; null: there is none
   */
  async moveToVerified(): Promise<string | null> {
    const { hostname } = new URL(this.session.url);
    if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0) return null;
    for (const family of FAMILIES) {
      const me = await this.call<Me>('GET', '/me', undefined, family).catch(() => null);
      if (!me?.client.trusted) continue;
      this.family = family;
      return me.client.network;
    }
    return null;
  }
}
