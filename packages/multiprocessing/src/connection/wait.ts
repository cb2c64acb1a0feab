import { setMaxListeners } from "node:events";
import { ArgumentTypeError } from "@concurrent-futures/core";
import { Deadline } from "@concurrent-futures/core/deadline";
import { checkIterable, checkTimeout, describeValue } from "@concurrent-futures/core/options";
import { isThenable } from "@concurrent-futures/core/thenable";
import { isWaitable, type Readiness, type Waitable } from "../contract/waitable.ts";

/**
 * Waits until one or more of the objects are ready (Python: `multiprocessing.connection.wait`).
 *
 * @param objects - connections, process sentinels, or promises (ready when settled).
 * @param timeout - milliseconds; 0 or less only looks. `undefined` waits forever.
 * @returns those that are ready, in the order given; an empty list when the time is up.
 * @throws ArgumentTypeError for an object that cannot be waited for.
 *
 * @example
 * ```ts
 * for (const connection of await wait(connections)) console.log(await connection.recv());
 * ```
 */
export async function wait<T extends Waitable | PromiseLike<unknown>>(
  objects: Iterable<T>,
  timeout?: number,
): Promise<T[]> {
  checkIterable("objects", objects);
  const deadline = new Deadline(checkTimeout("timeout", timeout));
  const entries = Array.from(objects, (object) => ({ object, readiness: readinessOf(object) }));
  // A settled promise says so only to its callbacks.
  await Promise.resolve();
  for (;;) {
    const ready = entries.filter(({ readiness }) => readiness.ready()).map(({ object }) => object);
    if (ready.length > 0 || deadline.passed) return ready;
    await oneOf(entries, deadline);
  }
}

async function oneOf(
  entries: readonly { readonly readiness: Readiness }[],
  deadline: Deadline,
): Promise<void> {
  const stop = new AbortController();
  // It is heard by each of them, and ends with this wait: Node warns of a leak from eleven on.
  setMaxListeners(0, stop.signal);
  let cancel = (): void => {};
  const timedOut = new Promise<void>((resolve) => {
    cancel = deadline.whenPassed(resolve);
  });
  const waits = entries.map(({ readiness }) => readiness.whenReady(stop.signal));
  try {
    await Promise.race([timedOut, ...waits]);
  } finally {
    cancel();
    stop.abort();
    await Promise.all(waits);
  }
}

function readinessOf(object: unknown): Readiness {
  if (typeof object === "object" && object !== null && isWaitable(object)) return object.readiness();
  if (isThenable(object)) return ofPromise(object);
  throw new ArgumentTypeError(
    `Expected connections, process sentinels or promises to wait for, got ${describeValue(object)}.`,
  );
}

function ofPromise(promise: PromiseLike<unknown>): Readiness {
  let settled = false;
  const settle = (): void => {
    settled = true;
  };
  const settling = promise.then(settle, settle);
  return {
    ready: () => settled,
    whenReady: (signal) =>
      new Promise((resolve) => {
        signal.addEventListener("abort", () => resolve(), { once: true });
        settling.then(() => resolve());
      }),
  };
}
