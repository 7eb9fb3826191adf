import { isIP } from 'node:net';
import { apiOver, type CallApi } from '@/lib/client/api';
import { type AskGate, throughGate } from '@/lib/client/gate';
import { type Family, request } from '../transport';
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
    private readonly newAsker: (client: Client) => AskGate,
  ) {}

  /** One call, as it is. @throws ApiError, Unreachable */
  readonly call: CallApi = this.by(() => this.family);

  /** One call; where the gate refuses it, the person is asked, and it is repeated. */
  readonly gated: CallApi = (name, ...sent) =>
    throughGate(this.newAsker(this), () => this.call(name, ...sent));

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
      const me = await this.by(() => family)('GET /me').catch(() => null);
      if (!me?.client.trusted) continue;
      this.family = family;
      return me.client.network;
    }
    return null;
  }

  private by(familyOf: () => Family | null): CallApi {
    const onFamily = (used: Family) => {
      this.lastFamily = used;
    };
    return apiOver((sent) => request({ ...this.session, family: familyOf(), onFamily }, sent));
  }
}
