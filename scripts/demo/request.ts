import { request } from 'node:http';

// biome-ignore lint/suspicious/noExplicitAny: the story reads what it knows of each answer
export type Answer = { status: number; body: any };

/** One request from a given address of this machine: Linux answers on all of 127.0.0.0/8. */
export function call(
  origin: string,
  method: string,
  path: string,
  options: { from: string; token?: string; body?: unknown },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const req = request(
      new URL(`/api/v1${path}`, origin),
      {
        method,
        family: 4,
        localAddress: options.from,
        agent: false,
        headers: {
          ...(options.token && { authorization: `Bearer ${options.token}` }),
          ...(options.body !== undefined && { 'content-type': 'application/json' }),
        },
      },
      (res) => {
        let text = '';
        res.on('data', (chunk: Buffer) => {
          text += chunk;
        });
        res.once('end', () =>
          resolve({ status: res.statusCode ?? 0, body: text ? JSON.parse(text) : null }),
        );
      },
    );
    req.once('error', reject);
    req.end(options.body === undefined ? undefined : JSON.stringify(options.body));
  });
}

/** @throws unless the answer has the status that the story needs */
export function require(answer: Answer, status: number): Answer {
  if (answer.status === status) return answer;
  throw new Error(`Expected ${status}, got ${answer.status}: ${JSON.stringify(answer.body)}`);
}
