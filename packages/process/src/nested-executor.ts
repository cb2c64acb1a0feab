import { AsyncResource } from "node:async_hooks";
import { describe, type PackedError, reduce, unpack, unpackError } from "@concurrent-futures/callable";
import {
  type AnyFunction,
  type CallOptions,
  type CancelOptions,
  Executor,
  Future,
  type FutureOwner,
  RuntimeError,
  SerializationError,
} from "@concurrent-futures/core";
import { provideAsyncContext } from "@concurrent-futures/core/async-context";
import { carriedValues } from "@concurrent-futures/core/carry";
import { type NestedCallHandle, type NestedEnd, type NestedLink, nestedLink } from "./nested-link.ts";
import { executorOf } from "./pool-handles.ts";
import { uncloneable } from "./scheduler/decode-result.ts";
import { packArguments } from "./scheduler/pack-arguments.ts";
import { travelsAs } from "./travelling-class.ts";
import type { NestedOptions } from "./wire-nested.ts";

/** How a handle names its executor. */
export interface PoolHandle {
  readonly pool: string;
  readonly medium: "thread" | "spawn";
}

const here = new Map<string, NestedExecutor>();

/**
 * The executor of a handle that has arrived: the very one where it was made, in a worker one that submits to it.
 *
 * @throws SerializationError anywhere else
 */
export function receivedExecutor(handle: PoolHandle): Executor {
  const own = executorOf(handle.pool);
  if (own !== undefined) return own;
  const link = nestedLink();
  if (link === undefined) {
    throw new SerializationError(
      "An executor was sent to a place where it cannot be used: only the tasks of pools can submit to it.",
    );
  }
  let executor = here.get(handle.pool);
  if (executor === undefined) {
    executor = new NestedExecutor(handle, link);
    here.set(handle.pool, executor);
  }
  return executor;
}

/**
 * An executor of the pool's side, within a worker: what is submitted runs in the same workers as everything else. A call that
 * awaits what it has submitted gives its place to others meanwhile.
 *
 * @public a worker finds it by its name
 */
export class NestedExecutor extends Executor {
  readonly handle: PoolHandle;
  readonly #link: NestedLink;
  readonly #medium: "thread" | "spawn";

  constructor(handle: PoolHandle, link: NestedLink) {
    super();
    this.handle = handle;
    this.#link = link;
    this.#medium = link.sharesMemory ? handle.medium : "spawn";
    provideAsyncContext(() => new AsyncResource("ConcurrentFuturesCallback"));
    link.opened();
  }

  protected override submitTask<R>(
    fn: AnyFunction,
    args: unknown[],
    options: CallOptions | undefined,
  ): Future<R> {
    const ref = describe(fn, this.#medium);
    const packed = packArguments(args, options?.transfer, this.#medium);
    const future = new NestedFuture<R>();
    future.call = this.#link.submit({
      pool: this.handle.pool,
      ref,
      args: packed?.args ?? args,
      options: options && ownOptions(options),
      carried: carriedValues()?.map(
        ({ restore, value }) => [describe(restore, this.#medium), value] as const,
      ),
      settle: (how, value) => settle(future, how, value, fn.name),
    });
    return future;
  }

  static {
    const receive = (handle: PoolHandle): Executor => receivedExecutor(handle);
    travelsAs(NestedExecutor, import.meta.url, receive);
    Object.defineProperty(NestedExecutor.prototype, reduce, {
      value(this: NestedExecutor): PoolHandle {
        return this.handle;
      },
    });
  }

  /** @throws RuntimeError: a task cannot end the pool that runs it, and would wait for itself */
  override shutdown(): Promise<void> {
    return Promise.reject(
      new RuntimeError(
        "A task cannot shut down an executor that it was given: leave that to the code that created it.",
      ),
    );
  }
}

class NestedFuture<R> extends Future<R> {
  call: NestedCallHandle | undefined = undefined;

  constructor() {
    super(owner);
  }
}

const owner: FutureOwner = {
  cancel(future, { force = false, reason }: CancelOptions) {
    const { call } = future as NestedFuture<unknown>;
    if (call?.cancel(force, reason) !== true) return false;
    // With `force` its outcome is dropped, whatever its code does.
    if (!future.done()) future.setCancelled(reason);
    return true;
  },
  isRunning: (future) => (future as NestedFuture<unknown>).call?.running === true,
  waitSync() {
    throw new RuntimeError(
      "resultSync() cannot block in a task: the call that it waits for may need this worker. Use `await future`.",
    );
  },
};

function settle(future: NestedFuture<unknown>, how: NestedEnd, value: unknown, name: string): void {
  const finish = (end: () => void): void => {
    if (!future.done()) end();
  };
  const fail = (error: unknown): void => finish(() => future.setException(error));
  if (how === "refused") {
    fail(uncloneable(value, name));
    return;
  }
  try {
    const made = how === "done" ? unpack(value) : unpackError(value as PackedError);
    const end = (it: unknown): void => {
      if (how === "done") finish(() => future.setResult(it));
      else if (how === "failed") fail(it);
      else finish(() => future.setCancelled(it));
    };
    if (made instanceof Promise && made !== value) made.then(end, fail);
    else end(made);
  } catch (error) {
    fail(error);
  }
}

/** What is seen to on the pool's side; a signal and attempts after a failure are seen to here. */
function ownOptions(options: CallOptions): NestedOptions {
  const { transfer, signal, retries, retryDelay, retryIf, ...own } = options;
  return own;
}
