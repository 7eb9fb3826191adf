/** In how many parts a time is counted: a stall of the process, however long, is at most one of them. */
const PARTS = 4;

/**
 * Calls `run` after a time in which this process could have heard what it waits for. A plain timer that
 * fires late, since the process itself was busy, comes before the answer that arrived meanwhile is read,
 * and would take that for silence.
 *
 * @param ms by the clock of a process that is not busy
 * @returns ends it
 */
export function setFairTimeout(run: () => void, ms: number): () => void {
  let timer: NodeJS.Timeout;
  let immediate: NodeJS.Immediate | undefined;
  const count = (left: number) => {
    timer = setTimeout(() => {
      // What has arrived is read first.
      immediate = setImmediate(() => (left > 1 ? count(left - 1) : run()));
    }, ms / PARTS);
  };
  count(PARTS);
  return () => {
    clearTimeout(timer);
    clearImmediate(immediate);
  };
}
