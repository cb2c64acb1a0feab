import { InvalidStateError } from "@concurrent-futures/core";

/**
 * The states of a pool. `open` takes work; `draining` does what it has; `closed` has no workers left; `broken` has
 * failed everything and takes nothing more.
 */
export type PoolState = "open" | "draining" | "closed" | "broken";

/** Every way from one state to another. */
export const transitions: Readonly<Record<PoolState, readonly PoolState[]>> = {
  open: ["draining", "broken"],
  draining: ["closed", "broken"],
  closed: [],
  broken: [],
};

/** The one place where a transition is checked. @throws InvalidStateError */
export function checkPoolTransition(from: PoolState, to: PoolState): PoolState {
  if (!transitions[from].includes(to))
    throw new InvalidStateError(`a pool that is ${from} cannot become ${to}`);
  return to;
}
