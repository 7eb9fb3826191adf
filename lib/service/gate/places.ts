import { shared } from '@/lib/platform/shared';
import type { ClientAddress } from '@/lib/policy/client-address';
import { placeOf } from './turns';

/** From so many places a session may be refused in a minute before the rest of them are counted as one. */
export const PLACES = 20;
const MINUTE_MS = 60_000;

type Seen = { untilMs: number; places: Set<string> };

/**
 * The attack: a stolen token is refused from a thousand addresses, and each writes a row into an activity
 * that nobody can shorten. In this process alone, as the budgets are.
 *
 * @param nowMs of a clock that never goes back
 * @returns the place as which it counts; null: one of too many
 */
export function countedPlace(
  sessionId: string,
  client: ClientAddress,
  nowMs = performance.now(),
): string | null {
  const sessions = shared('refused-places', () => new Map<string, Seen>());
  let seen = sessions.get(sessionId);
  if (!seen || seen.untilMs <= nowMs) {
    for (const [id, { untilMs }] of sessions) {
      if (untilMs > nowMs) break;
      sessions.delete(id);
    }
    seen = { untilMs: nowMs + MINUTE_MS, places: new Set() };
    // Anew at the end: the first ones are those that are over first.
    sessions.delete(sessionId);
    sessions.set(sessionId, seen);
  }
  const place = placeOf(client);
  if (seen.places.size < PLACES) seen.places.add(place);
  return seen.places.has(place) ? place : null;
}
