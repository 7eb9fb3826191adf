import type { ReadHeaders } from '@/lib/auth/credential';

/** A request as a call reads it: whoever took it in, server.ts or Next. */
export type Asked = {
  method: string;
  headers: ReadHeaders;
  /** The query with its `?`, as it was sent; empty where there is none. */
  search: string;
  /** The whole body, once. Its size was bounded at the door. It rejects when the caller hung up before its end. */
  bytes: () => Promise<Uint8Array>;
};

/** What a call answers. */
export type Answered = {
  status: number;
  headers: Readonly<Record<string, string | string[]>>;
  /** Whole, or in parts that are made as they are sent. */
  body: string | null | AsyncGenerator<string, void, void>;
};

export type Params = Record<string, string>;

/** Answers a request, also one that it refuses; it never throws. */
export type Handle = (asked: Asked, params: Params) => Promise<Answered>;

type NextHandler = (
  request: Request,
  context: { params: Promise<Params | undefined> },
) => Promise<Response>;

/**
 * What a route file exports: Next calls it, in development, where a changed file is at once the one that
 * answers; server.ts takes `handle`, and leaves out what Next does round it.
 */
export type Route = NextHandler & { handle: Handle };

export function route(handle: Handle): Route {
  const forNext: NextHandler = async (request, { params }) =>
    toResponse(await handle(askedBy(request), (await params) ?? {}));
  return Object.assign(forNext, { handle });
}

/** A request of Next's. */
export function askedBy(request: Request): Asked {
  return {
    method: request.method,
    headers: request.headers,
    search: new URL(request.url).search,
    bytes: async () => new Uint8Array(await request.arrayBuffer()),
  };
}

/** An answer for Next. */
export function toResponse({ status, headers, body }: Answered): Response {
  const all = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    for (const one of [value].flat()) all.append(name, one);
  }
  const sent =
    typeof body === 'string' || body === null
      ? body
      : new ReadableStream<Uint8Array>({
          pull: async (stream) => {
            const { value, done } = await body.next();
            if (done) stream.close();
            else stream.enqueue(new TextEncoder().encode(value));
          },
          cancel: async () => void (await body.return()),
        });
  return new Response(sent, { status, headers: all });
}
