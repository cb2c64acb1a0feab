import type { Future } from "../future/future.ts";

/** Cancels a call by force when the signal aborts, until the call has ended. */
export function cancelOnAbort<R>(future: Future<R>, signal: AbortSignal): void {
  const abort = (): void => {
    future.cancel({ force: true, reason: signal.reason });
  };
  signal.addEventListener("abort", abort, { once: true });
  future.addDoneCallback(() => signal.removeEventListener("abort", abort));
}
