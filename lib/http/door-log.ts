import type { GatehouseError } from '@/lib/contract/errors';
import { log } from '@/lib/platform/log';
import type { createRareWarning } from '@/lib/platform/rare-log';
import type { DoorFault } from './door';

type Words = { message: string; cure: string };

/** The log cuts long texts, and what to write stands at the end of its line. */
const LONGEST_HOST = 60;

/**
 * Writes down what was refused at the door: every refusal for who looks closely, and for everybody, once
 * in a while, what shows that a proxy or an address is set up wrong, with what to write.
 */
export function createDoorLog(
  appUrl: URL,
  warnRarely: ReturnType<typeof createRareWarning>,
): (error: GatehouseError, requestId: string) => void {
  return ({ code, log: fault }, requestId) => {
    log().debug({ code, requestId }, 'refused at the door');
    if (isFault(fault)) warnRarely(fault.sign, () => explain(fault, appUrl));
  };
}

const isFault = (fault: unknown): fault is DoorFault =>
  typeof fault === 'object' && fault !== null && 'sign' in fault;

function explain({ sign, host = '' }: DoorFault, appUrl: URL): Words {
  switch (sign) {
    case 'other_host': {
      const shown = host.length > LONGEST_HOST ? '<that host>' : host;
      return {
        message: `A request for the host ${shown} was refused: APP_URL names ${appUrl.host}.`,
        cure: `If a proxy changes the host, let it pass on (nginx: proxy_set_header Host $host; Apache: ProxyPreserveHost On). If people use that address, start with APP_URL=${appUrl.protocol}//${shown}`,
      };
    }
    case 'no_host':
      return {
        message: 'A request without one valid Host header was refused.',
        cure: 'If a proxy leaves it out, let it pass on (nginx: proxy_set_header Host $host; Apache: ProxyPreserveHost On).',
      };
    case 'tls':
      return {
        message: 'Somebody spoke TLS to this port, where plain HTTP is spoken.',
        cure: 'Let the proxy speak http to Gatehouse (nginx: proxy_pass http://…; HAProxy: no “ssl” in the server line), and people go to the proxy.',
      };
    case 'proxy_protocol':
      return {
        message: 'A proxy spoke the PROXY protocol, which is not read here.',
        cure: 'Switch it off (HAProxy: no “send-proxy” in the server line; nginx: no “proxy_protocol on”), and let the proxy send a header (HAProxy: option forwardfor).',
      };
  }
}
