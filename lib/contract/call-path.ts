import type { Call, Method, ParamsOf, QueryOf } from './endpoints';

/** What is put into a path, and behind its `?`. */
export type Place<C extends Call> = ([keyof ParamsOf<C>] extends [never]
  ? { params?: undefined }
  : { params: ParamsOf<C> }) & { query?: QueryOf<C> };

/** How a call is sent. It is read from the name alone, so that a browser needs no schema for it. */
export function methodOf(call: Call): Method {
  return call.slice(0, call.indexOf(' ')) as Method;
}

/** The path of a call, whole, with its `{…}`. */
export function pathOf(call: Call): string {
  const path = call.slice(call.indexOf(' ') + 1);
  return path.startsWith('/api/') ? path : `/api/v1${path}`;
}

/** The path of one request: each `{…}` is filled, and what is undefined is not asked for. */
export function requestPath<C extends Call>(call: C, { params, query }: Place<C>): string {
  const values: Record<string, string> = params ?? {};
  const path = pathOf(call).replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(values[name] ?? ''),
  );
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === undefined) continue;
    for (const one of [value].flat()) asked.append(name, String(one));
  }
  return asked.size > 0 ? `${path}?${asked}` : path;
}
