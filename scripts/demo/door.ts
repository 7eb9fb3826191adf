import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createForwarder } from './forward';

/** A way to the server from one network. */
export type Door = { origin: string; close: () => void };

/**
 * Opens a port at which a browser is in another network: a proxy that the server trusts, and that says so of
 * all who come by it. Cookies know no ports, so what was signed in at one door is signed in at all of them.
 * That is done by a header and not by an address of this machine, since macOS and Windows have but one.
 *
 * @param port 0 for any that is free
 * @param server the port of the server
 * @param appOrigin where the server takes itself to be; what asks at the door's own origin asks there
 */
export async function openDoor(
  port: number,
  address: string,
  server: number,
  appOrigin: string,
): Promise<Door> {
  const inside = (text: string) =>
    text === origin || text.startsWith(`${origin}/`)
      ? `${appOrigin}${text.slice(origin.length)}`
      : text;
  const forwarder = createForwarder(
    ({ headers, url = '' }) => {
      const { 'accept-encoding': encoding, ...others } = headers;
      const { host, origin: from, referer } = headers;
      return {
        port: server,
        headers: {
          ...others,
          'x-forwarded-for': address,
          // A text that is to be changed comes as it is.
          ...(encoding !== undefined && !isCall(url) && { 'accept-encoding': encoding }),
          ...(host !== undefined && { host: inside(`http://${host}`).replace('http://', '') }),
          ...(from !== undefined && { origin: inside(from) }),
          ...(referer !== undefined && { referer: inside(referer) }),
        },
      };
    },
    (req, answer, res) => giveBack(req, answer, res, (text) => text.replaceAll(appOrigin, origin)),
  );
  forwarder.server.listen(port, '127.0.0.1');
  await once(forwarder.server, 'listening');
  const { port: bound } = forwarder.server.address() as AddressInfo;
  const origin = `http://localhost:${bound}`;
  return { origin, close: forwarder.close };
}

const isCall = (url: string) => url.startsWith('/api/');

/** Redirects, and the links in answers of calls, lead back to the same door. */
function giveBack(
  req: IncomingMessage,
  answer: IncomingMessage,
  res: ServerResponse,
  outside: (text: string) => string,
): boolean {
  const { statusCode = 502, headers, rawHeaders } = answer;
  const isText = isCall(req.url ?? '') && /\bjson\b/.test(headers['content-type'] ?? '');
  if (!isText && headers.location === undefined) return false;
  const isLength = (name: string) => isText && name.toLowerCase() === 'content-length';
  const shown = rawHeaders.flatMap((name, index) => {
    const value = rawHeaders[index + 1] ?? '';
    if (index % 2 === 1 || isLength(name)) return [];
    return [name, name.toLowerCase() === 'location' ? outside(value) : value];
  });
  if (!isText) {
    res.writeHead(statusCode, shown);
    answer.pipe(res);
    return true;
  }
  const parts: Buffer[] = [];
  answer.on('data', (part: Buffer) => parts.push(part));
  answer.once('error', () => res.destroy());
  answer.once('end', () => {
    res.writeHead(statusCode, shown);
    res.end(outside(Buffer.concat(parts).toString()));
  });
  return true;
}
