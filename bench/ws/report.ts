import type { IdleFigures } from './idle';
import { OFFER_RATE, type OfferFigures } from './offers';
import type { Pace } from './pace';
import { RELAY_RATE, type RelayFigures } from './relays';

export type IdleRun = { gatehouse: IdleFigures; echo: IdleFigures };

/** The table's head, in Markdown. */
export const HEAD = ['| measured | Gatehouse | bare ws | ratio |', '| --- | ---: | ---: | ---: |'];

export function idleRows(count: number, { gatehouse, echo }: IdleRun): string[] {
  const sockets = `${count.toLocaleString('en')} idle sockets`;
  return [
    row(`${sockets}: accepted within, s`, gatehouse.acceptMs / 1000, echo.acceptMs / 1000, 2),
    row(
      `${sockets}: the process grew by, KB each`,
      gatehouse.memory.resident,
      echo.memory.resident,
      1,
    ),
    row(`${sockets}: its heap grew by, KB each`, gatehouse.memory.heap, echo.memory.heap, 1),
    row(`${sockets}: CPU at rest, % of a core`, gatehouse.cpuPercent, echo.cpuPercent, 1),
    row(`${sockets}: closed within, ms`, gatehouse.closeMs, echo.closeMs, 0),
  ];
}

export function trafficRows(
  { most, steady, connectsPerSecond }: OfferFigures,
  relays: RelayFigures,
): string[] {
  const latency = (name: string, ours: Pace, theirs: Pace) => [
    row(`${name}: p50, ms`, ours.p50, theirs.p50, 2),
    row(`${name}: p99, ms`, ours.p99, theirs.p99, 2),
  ];
  const refused = most.offers.refused + steady.offers.refused;
  return [
    cells(
      'offers per second, as many as go',
      most.offers.perSecond.toFixed(0),
      most.echoes.perSecond.toFixed(0),
      most.ofEchoes.toFixed(2),
    ),
    ...latency('offers, as many as go', most.offers, most.echoes),
    cells('offers refused, of all', String(refused), '', ''),
    cells('HTTP’s allowed connects per second', connectsPerSecond.toFixed(0), '', ''),
    ...latency(`offers at ${OFFER_RATE}/s`, steady.offers, steady.echoes),
    ...latency(`relay and back at ${RELAY_RATE}/s`, relays.oneInstance, relays.echoes),
    ...latency('the same, over two instances', relays.twoInstances, relays.echoes),
  ];
}

/** Which targets were reached. */
export function targets(idle: IdleRun, { most, steady }: OfferFigures): string[] {
  const { resident, heap } = idle.gatehouse.memory;
  const kbPerSocket = Math.max(resident, heap);
  return [
    target(kbPerSocket <= 20, 'at most 20 KB a socket', `${kbPerSocket.toFixed(1)} KB`),
    target(
      most.ofConnects >= 0.5,
      'at least half as many offers as HTTP’s allowed connects',
      `${most.ofConnects.toFixed(2)} times`,
    ),
    target(
      steady.offers.p99 < 50 &&
        steady.offers.perSecond > OFFER_RATE * 0.95 &&
        steady.offers.refused === 0,
      `p99 under 50 ms at ${OFFER_RATE} offers/s`,
      `${steady.offers.p99.toFixed(1)} ms at ${steady.offers.perSecond.toFixed(0)}/s, ${steady.offers.refused} refused`,
    ),
  ];
}

function target(isReached: boolean, wish: string, figure: string): string {
  return `- ${isReached ? 'Reached' : '**Missed**'}: ${wish} (${figure}).`;
}

function row(name: string, ours: number, theirs: number, digits: number): string {
  // What the clock of the kernel counts as nothing is no baseline.
  const ratio = theirs === 0 ? '' : (ours / theirs).toFixed(2);
  return cells(name, ours.toFixed(digits), theirs.toFixed(digits), ratio);
}

const cells = (...texts: string[]) => `| ${texts.join(' | ')} |`;
