import { Future } from "../future/future.ts";
import { FutureSource, type MapOrder } from "../map/future-source.ts";
import type { Rows } from "../map/iterables.ts";
import type { MapSource } from "../map/map-iterator.ts";
import { type MapOptions, windowOf } from "../map/options.ts";
import { cancelOnAbort } from "./cancel-on-abort.ts";
import type { ExecutorDoors } from "./executor-doors.ts";
import { RetriedCall } from "./retried-call.ts";
import { RetryWaits } from "./retry-waits.ts";
import type { AnyFunction } from "./signatures.ts";
import { type CallOptions, itemOptions, type TaskOptions } from "./task-options.ts";

let openDoors: (executor: ExecutorBase) => ExecutorDoors;

/** The inner side of an executor: what becomes of one call, and of the calls of a map. */
export abstract class ExecutorBase {
  readonly #retryWaits: RetryWaits = new RetryWaits();

  /** Queues one call of a function that has been checked, under options that have been checked. */
  protected abstract submitTask<R>(
    fn: AnyFunction,
    args: unknown[],
    options: CallOptions | undefined,
  ): Future<R>;

  /** Queues one more attempt of a call of which `failed` was the last; the arguments are those of the first attempt. */
  protected retryTask<R>(
    _failed: Future<R>,
    fn: AnyFunction,
    args: unknown[],
    options: CallOptions,
  ): Future<R> {
    return this.submitTask(fn, args, options);
  }

  /** Throws what `submit` would throw, if this executor takes nothing more. */
  protected checkOpen(): void {}

  /**
   * One call with all that its options ask for: a signal that cancels it, attempts after a failure. What stands in front
   * of another executor hands the call on to that one's.
   */
  protected submitCall<R>(fn: AnyFunction, args: unknown[], options: CallOptions | undefined): Future<R> {
    if (options === undefined) return this.submitTask<R>(fn, args, undefined);
    const { signal, retries = 0 } = options;
    if (signal?.aborted) {
      this.checkOpen();
      const future = new Future<R>();
      future.setCancelled(signal.reason);
      return future;
    }
    const future =
      retries > 0 ? this.#submitWithRetries<R>(fn, args, options) : this.submitTask<R>(fn, args, options);
    if (signal !== undefined) cancelOnAbort(future, signal);
    return future;
  }

  /**
   * For `shutdown`, before anything else: calls that wait for another attempt get it now, or are cancelled. Nobody
   * would end their waiting later.
   */
  protected endRetryWaits(cancel: boolean): void {
    this.#retryWaits.end(cancel ? "cancel" : "retry");
  }

  /** Whether something is asked for each call of a map by itself: then each needs a future, and none can share a message. */
  protected needsFutures({ seed }: MapOptions, taskOptions: TaskOptions | undefined): boolean {
    return (
      seed !== undefined ||
      (taskOptions !== undefined && Object.keys(taskOptions).some((key) => key !== "priority"))
    );
  }

  /** The source of a map's results; an executor with a faster way than a future per call overrides it. */
  protected mapSource<R>(
    fn: AnyFunction,
    rows: Rows,
    options: MapOptions,
    order: MapOrder,
    taskOptions: TaskOptions | undefined,
  ): MapSource<R> {
    return new FutureSource<R>(
      rows,
      (row, index) => this.submitCall<R>(fn, row, itemOptions(taskOptions, options.seed, index)),
      {
        order,
        window: windowOf(rows, options),
        timeout: options.timeout,
      },
    );
  }

  #submitWithRetries<R>(fn: AnyFunction, args: unknown[], options: CallOptions): Future<R> {
    const submit = (attempt: number, failed: Future<R> | undefined): Future<R> => {
      const own = attempt === 1 ? options : { ...options, attempt };
      return failed === undefined ? this.submitTask<R>(fn, args, own) : this.retryTask(failed, fn, args, own);
    };
    return new RetriedCall<R>(submit, options, this.#retryWaits);
  }

  static {
    openDoors = (executor) => ({
      submitCall: (fn, args, options) => executor.submitCall(fn, args, options),
      mapSource: (fn, rows, options, order, own) => executor.mapSource(fn, rows, options, order, own),
      checkOpen: () => executor.checkOpen(),
    });
  }
}

/** For views and groups, which hand their calls on. */
export function doorsOf(executor: ExecutorBase): ExecutorDoors {
  return openDoors(executor);
}
