import { shared } from './shared';

const state = () => shared('stopping', () => ({ hasBegun: false }));

/** From now on this process is not ready: who asks for its health sends nobody here any more. */
export function beginStop(): void {
  state().hasBegun = true;
}

/** Whether this process has been told to stop. It may go on serving for a while. */
export function isStopping(): boolean {
  return state().hasBegun;
}
