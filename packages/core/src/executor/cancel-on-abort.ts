import { type Future, onceDone } from "../future/future.ts";

/** The unfinished calls of a signal. One listener serves them all: Node warns of a leak from eleven on. */
class SignalledCalls {
  readonly #signal: AbortSignal;
  readonly #futures: Set<Future<unknown>> = new Set();
  readonly #abort = (): void => {
    for (const future of [...this.#futures]) future.cancel({ force: true, reason: this.#signal.reason });
  };

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  add(future: Future<unknown>): void {
    if (this.#futures.size === 0) this.#signal.addEventListener("abort", this.#abort, { once: true });
    this.#futures.add(future);
    onceDone(future, () => {
      this.#futures.delete(future);
      if (this.#futures.size === 0) this.#signal.removeEventListener("abort", this.#abort);
    });
  }
}

const bySignal = new WeakMap<AbortSignal, SignalledCalls>();

/** Cancels a call by force when the signal aborts, until the call has ended. */
export function cancelOnAbort<R>(future: Future<R>, signal: AbortSignal): void {
  let calls = bySignal.get(signal);
  if (calls === undefined) {
    calls = new SignalledCalls(signal);
    bySignal.set(signal, calls);
  }
  calls.add(future as Future<unknown>);
}
