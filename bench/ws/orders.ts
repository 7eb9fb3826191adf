import type { ChildProcess } from 'node:child_process';

/** What the processes of the bench can be told to do, one order after the other. */
export type Orders = {
  /** Frees what can be freed, so that what is still in memory is needed. Answers what is on the heap. */
  settle: { argument: null; answer: { heapKb: number } };
  /** The echo server: listens on a free port. */
  listen: { argument: null; answer: { port: number } };
  /** The echo server: closes every socket. */
  closeAll: { argument: null; answer: null };
  /** The clients: open sockets, and keep them. Answers how long that took. */
  open: { argument: SocketPlan; answer: { ms: number } };
  /** The clients: waits until the server has closed every socket. Answers when the last close came. */
  closed: { argument: null; answer: { at: number } };
};

/** Which sockets to open. */
export type SocketPlan = {
  port: number;
  path: string;
  count: number;
  /** Each opens as many sockets in turn; none: sockets without a credential. */
  tokens: string[];
  /** The addresses of this machine to come from. */
  addresses: string[];
  /** Whether a socket counts as open only once it was sent a first message. */
  isGreeted: boolean;
};

type Name = keyof Orders;
type Handlers = {
  [N in Name]?: (
    argument: Orders[N]['argument'],
  ) => Orders[N]['answer'] | Promise<Orders[N]['answer']>;
};

/** Gives a process an order. @returns its answer @throws when the process fails or ends */
export function order<N extends Name>(
  child: ChildProcess,
  name: N,
  argument: Orders[N]['argument'],
): Promise<Orders[N]['answer']> {
  return new Promise((resolve, reject) => {
    const end = () => reject(new Error(`${name}: the process has ended`));
    child.once('exit', end);
    child.once('message', (message) => {
      child.removeListener('exit', end);
      const { answer, error } = message as { answer: Orders[N]['answer']; error?: string };
      if (error === undefined) resolve(answer);
      else reject(new Error(`${name}: ${error}`));
    });
    child.send({ name, argument }, (error) => error && reject(error));
  });
}

/** Does what this process is told to, and ends with whoever tells. */
export function obey(handlers: Handlers): void {
  process.on('message', async ({ name, argument }: { name: Name; argument: never }) => {
    try {
      process.send?.({ answer: await handlers[name]?.(argument) });
    } catch (error) {
      process.send?.({ error: String(error) });
    }
  });
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
}
