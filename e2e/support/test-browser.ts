import type { Answer, TestServer } from './test-server';
import { HOME } from './test-server';

/**
 * The little of a browser that single sign-on needs: it keeps cookies by host (they know no ports), follows
 * redirects between Gatehouse and identity providers, and fills forms. It runs no scripts.
 */

export type Page = {
  url: string;
  status: number;
  headers: Headers;
  text: string;
};

export class TestBrowser {
  /** Where it is, as Gatehouse is told by its proxy. */
  from: string;
  private readonly jars = new Map<string, Map<string, string>>();

  constructor(
    private readonly server: TestServer,
    from = HOME,
  ) {
    this.from = from;
  }

  /** One request to Gatehouse as our own pages make it, with a JSON body or a form. */
  async call(
    method: string,
    path: string,
    sent: { json?: unknown; form?: Record<string, string>; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const { json, form, headers } = sent;
    const answer = await this.server.call(method, `/${path}`, {
      from: this.from,
      headers: {
        cookie: this.cookieHeader(this.server.origin),
        origin: this.server.origin,
        ...(form && FORM),
        ...headers,
      },
      ...(json !== undefined && { body: json }),
      ...(form && { raw: new URLSearchParams(form).toString() }),
    });
    this.keep(this.server.origin, answer.headers['set-cookie'] ?? []);
    return answer;
  }

  /** Opens an address and follows where it leads. Our own pages `/sso/…`, which need scripts, are the end. */
  async visit(url: string, post?: Record<string, string>, origin?: string): Promise<Page> {
    let page = await this.load(url, post, origin);
    for (let i = 0; i < 20; i++) {
      const next = locationOf(page);
      if (next === null) return page;
      if (this.isEnd(next)) return { ...page, url: next };
      page = await this.load(next);
    }
    throw new Error(`too many redirects: ${page.url}`);
  }

  /** Fills and sends the one form of a page; hidden members go along. */
  async submit(page: Page, fields: Record<string, string> = {}): Promise<Page> {
    const form = formOf(page);
    return this.visit(form.action, { ...form.hidden, ...fields }, new URL(page.url).origin);
  }

  cookie(name: string, url = this.server.origin): string | undefined {
    return this.jar(url).get(name);
  }

  setCookie(name: string, value: string | null): void {
    if (value === null) this.jar(this.server.origin).delete(name);
    else this.jar(this.server.origin).set(name, value);
  }

  /** All cookies of Gatehouse's origin, to plant them elsewhere. */
  get cookies(): Map<string, string> {
    return new Map(this.jar(this.server.origin));
  }

  /** One request, with no redirect followed. `origin`: of the page whose form is posted. */
  async load(url: string, post?: Record<string, string>, origin?: string): Promise<Page> {
    const method = post ? 'POST' : 'GET';
    const body = post && new URLSearchParams(post).toString();
    const isCrossSite = origin !== undefined && new URL(origin).host !== new URL(url).host;
    // SameSite=Lax: a form that another site posts brings no cookie.
    const cookie =
      post && isCrossSite && !this.isSameSite(origin, url) ? '' : this.cookieHeader(url);
    if (url.startsWith(`${this.server.origin}/`)) {
      const answer = await this.server.call(method, `/${url.slice(this.server.origin.length)}`, {
        from: this.from,
        headers: {
          ...(cookie && { cookie }),
          ...(origin && { origin }),
          ...(post && FORM),
        },
        ...(body !== undefined && { raw: body }),
      });
      this.keep(url, answer.headers['set-cookie'] ?? []);
      const headers = new Headers();
      for (const [name, value] of Object.entries(answer.headers)) headers.set(name, String(value));
      return { url, status: answer.status, headers, text: answer.text };
    }
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers: { cookie, ...(origin && { origin }), ...(post && FORM) },
      ...(body !== undefined && { body }),
    });
    this.keep(url, response.headers.getSetCookie());
    const { status, headers } = response;
    return { url, status, headers, text: await response.text() };
  }

  private isSameSite(from: string, to: string): boolean {
    return new URL(from).hostname === new URL(to).hostname;
  }

  private isEnd(url: string): boolean {
    return (
      url.startsWith(`${this.server.origin}/sso/`) || url.startsWith(`${this.server.origin}/login`)
    );
  }

  private jar(url: string): Map<string, string> {
    const { hostname } = new URL(url);
    const jar = this.jars.get(hostname) ?? new Map<string, string>();
    this.jars.set(hostname, jar);
    return jar;
  }

  private cookieHeader(url: string): string {
    return [...this.jar(url)].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  private keep(url: string, setCookies: readonly string[]): void {
    for (const line of setCookies) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      const ends = /;\s*(?:max-age=0|expires=[^;]*1970)/i.test(line);
      if (value === '' || ends) this.jar(url).delete(name);
      else this.jar(url).set(name, value);
    }
  }
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** Where a redirect leads; null: it is none. */
function locationOf({ url, status, headers }: Page): string | null {
  const location = headers.get('location');
  return status >= 300 && status < 400 && location ? new URL(location, url).href : null;
}

/** What the one form of a page holds, and where it is sent. */
export function formOf(page: Page): { action: string; hidden: Record<string, string> } {
  const [, action] = /<form[^>]* action="([^"]*)"/.exec(page.text) ?? [];
  if (action === undefined)
    throw new Error(`no form at ${page.url}:\n${page.text.slice(0, 2_000)}`);
  const hidden = [...page.text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)];
  return {
    action: new URL(unescapeHtml(action), page.url).href,
    hidden: Object.fromEntries(
      hidden.map(([, name = '', value = '']) => [name, unescapeHtml(value)]),
    ),
  };
}

function unescapeHtml(text: string): string {
  const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (_, hex, decimal, name: string) => {
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16));
    return decimal ? String.fromCodePoint(Number(decimal)) : (named[name] ?? '');
  });
}
