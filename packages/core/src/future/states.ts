import { InvalidStateError } from "../errors.ts";

/** The states of a future, by Python's names. */
export type FutureState = "PENDING" | "RUNNING" | "CANCELLED" | "CANCELLED_AND_NOTIFIED" | "FINISHED";

/**
 * Every way from one state to another; what is not here is an {@link InvalidStateError}.
 * `CANCELLED` becomes `CANCELLED_AND_NOTIFIED` when the executor meets the future in its queue. RUNNING becomes
 * CANCELLED only by `cancel({ force: true })`, which Python does not have.
 */
export const transitions: Readonly<Record<FutureState, readonly FutureState[]>> = {
  PENDING: ["RUNNING", "CANCELLED", "FINISHED"],
  RUNNING: ["FINISHED", "CANCELLED"],
  CANCELLED: ["CANCELLED_AND_NOTIFIED"],
  CANCELLED_AND_NOTIFIED: [],
  FINISHED: [],
};

/** The one place where a transition is judged. @throws InvalidStateError */
export function checkTransition(from: FutureState, to: FutureState, subject: unknown): FutureState {
  if (!transitions[from].includes(to)) {
    throw new InvalidStateError(`${from}: ${String(subject)} cannot become ${to}`);
  }
  return to;
}
