import { Deadline } from "../deadline.ts";
import { ValueError } from "../errors.ts";
import { type Future, onceDone } from "../future/future.ts";
import { checkOptions, checkTimeout, describeValue } from "../options.ts";
import { collectFutures } from "./collect-futures.ts";

/** `wait` returns when any future is done. */
export const FIRST_COMPLETED = "FIRST_COMPLETED" as const;
/** `wait` returns when any future has failed, or all are done. A cancelled future is not a failure, as in Python. */
export const FIRST_EXCEPTION = "FIRST_EXCEPTION" as const;
/** `wait` returns when all futures are done. */
export const ALL_COMPLETED = "ALL_COMPLETED" as const;
/** When `wait` returns. */
export type ReturnWhen = typeof FIRST_COMPLETED | typeof FIRST_EXCEPTION | typeof ALL_COMPLETED;

/** What `wait` takes. */
export interface WaitOptions {
  /** Milliseconds to wait at most; `0` or less looks once. Running out of time is not an error. @default no limit */
  readonly timeout?: number;
  /** @default ALL_COMPLETED */
  readonly returnWhen?: ReturnWhen;
}

/** What `wait` gives. */
export interface WaitResult<F> {
  readonly done: Set<F>;
  readonly notDone: Set<F>;
}

/** Whether one more future that is done ends the wait; one condition per mode. */
const stopConditions: Readonly<Record<ReturnWhen, (future: Future<unknown>, left: number) => boolean>> = {
  FIRST_COMPLETED: () => true,
  FIRST_EXCEPTION: (future, left) => left === 0 || future.failed(),
  ALL_COMPLETED: (_future, left) => left === 0,
};

/**
 * Waits for futures of any executors. Futures given twice count once. A cancelled future is done at once: CPython makes
 * it wait until a worker has noticed, which may be never.
 *
 * @throws ArgumentTypeError for values that are not futures; ValueError for an unknown `returnWhen`.
 * @example
 * ```ts
 * const { done, notDone } = await wait(futures, { timeout: 1_000, returnWhen: FIRST_COMPLETED });
 * ```
 */
export function wait<F extends Future<unknown>>(
  futures: Iterable<F>,
  options: WaitOptions = {},
): Promise<WaitResult<F>> {
  checkOptions("options", options, ["timeout", "returnWhen"]);
  const timeout = checkTimeout("timeout", options.timeout);
  const stops = stopConditions[options.returnWhen ?? ALL_COMPLETED];
  if (stops === undefined) {
    throw new ValueError(
      `Invalid return condition: expected FIRST_COMPLETED, FIRST_EXCEPTION or ALL_COMPLETED, got ${describeValue(options.returnWhen)}.`,
    );
  }
  const all = collectFutures(futures);
  const waiting = new Set<F>();
  for (const future of all) if (!future.done()) waiting.add(future);
  let over = waiting.size === 0;
  for (const future of all) if (future.done() && stops(future, waiting.size)) over = true;
  if (over || (timeout !== undefined && timeout <= 0)) return Promise.resolve(partition(all));
  return new Promise((resolve) => {
    const finish = (): void => {
      stop();
      for (const future of waiting) future.removeDoneCallback(onDone);
      resolve(partition(all));
    };
    const onDone = (future: Future<unknown>): void => {
      waiting.delete(future as F);
      if (stops(future, waiting.size)) finish();
    };
    const stop = new Deadline(timeout).whenPassed(finish);
    for (const future of waiting) onceDone(future, onDone);
  });
}

function partition<F extends Future<unknown>>(futures: ReadonlySet<F>): WaitResult<F> {
  const done = new Set<F>();
  const notDone = new Set<F>();
  for (const future of futures) (future.done() ? done : notDone).add(future);
  return { done, notDone };
}
