import {
  ArgumentTypeError,
  CancelledError,
  RuntimeError,
  SerializationError,
  ValueError,
} from "../errors.ts";
import { Future, onceDone } from "../future/future.ts";
import { FutureSource, type MapOrder } from "../map/future-source.ts";
import type { Rows } from "../map/iterables.ts";
import type { MapSource } from "../map/map-iterator.ts";
import { type MapOptions, windowOf } from "../map/options.ts";
import { checkOptions, describeValue } from "../options.ts";
import { staysHere } from "../stays-here.ts";
import { Executor } from "./executor.ts";
import { doorsOf } from "./executor-base.ts";
import type { ExecutorDoors } from "./executor-doors.ts";
import { checkShutdownOptions, type ShutdownOptions } from "./shutdown-options.ts";
import type { AnyFunction } from "./signatures.ts";
import { type CallOptions, itemOptions, type TaskOptions } from "./task-options.ts";

/** What a {@link TaskGroup} takes. */
export interface TaskGroupOptions {
  /**
   * What the first error of a call does to the others: `"cancel"` stops them, running ones by force; `"continue"` lets
   * them end.
   * @default "cancel"
   */
  readonly onFailure?: "cancel" | "continue";
}

/** A map whose items are calls of the group. */
type GroupMap = Pick<FutureSource<unknown>, "readAhead" | "stop" | "fullySubmitted">;

/**
 * Calls that belong together (Python: `asyncio.TaskGroup`). Leaving the block waits for all of them, so nothing that was
 * submitted through the group outlives it. When a call fails, the others are cancelled, and leaving throws an
 * `AggregateError` of the errors. The executor itself stays open.
 *
 * A group is an executor: `submit`, the maps and `withOptions` work as on the executor that it was made of. That may be
 * another group; the calls then belong to both. A call that its owner cancelled is not an error, and neither are items that
 * fail under `settled()`. A map is joined to its last item, read or not. JavaScript does not tell a group that its block was
 * left by an error: its calls then run to their end, unless you call `shutdown({ cancelFutures: true })`.
 *
 * @example
 * ```ts
 * await using pool = new ProcessPoolExecutor();
 * {
 *   await using group = new TaskGroup(pool);
 *   for (const page of pages) group.submit(render, page);
 * } // every page is rendered here, or an AggregateError was thrown
 * ```
 */
export class TaskGroup extends Executor {
  static {
    staysHere(TaskGroup, "Send its executor, if that is a ProcessPoolExecutor.");
  }

  readonly #doors: ExecutorDoors;
  readonly #cancelsOnFailure: boolean;
  readonly #unfinished: Set<{ cancel(options: { force: boolean; reason: unknown }): boolean }> = new Set();
  readonly #maps: Set<GroupMap> = new Set();
  readonly #errors: unknown[] = [];
  readonly #whenJoined: (() => void)[] = [];
  #failure: { readonly error: unknown } | undefined;
  #left = false;

  /**
   * @param executor - where the calls run.
   * @throws ArgumentTypeError, ValueError for wrong arguments.
   */
  constructor(executor: Executor, options: TaskGroupOptions = {}) {
    super();
    if (!(executor instanceof Executor)) {
      throw new ArgumentTypeError(`Expected \`executor\` to be an Executor, got ${describeValue(executor)}.`);
    }
    checkOptions("options", options, ["onFailure"]);
    const { onFailure = "cancel" } = options;
    if (onFailure !== "cancel" && onFailure !== "continue") {
      throw new ValueError(
        `Expected \`onFailure\` to be "cancel" or "continue", got ${describeValue(onFailure)}.`,
      );
    }
    this.#doors = doorsOf(executor);
    this.#cancelsOnFailure = onFailure === "cancel";
  }

  /** Takes no more calls, and waits for those that were submitted. A call that failed is reported by leaving the block. */
  override async shutdown(options: ShutdownOptions = {}): Promise<void> {
    const { wait, cancelFutures } = checkShutdownOptions(options);
    this.#left = true;
    if (cancelFutures) this.#cancelAll(undefined);
    else for (const map of [...this.#maps]) map.readAhead();
    if (!wait || this.#joined) return;
    await new Promise<void>((resolve) => this.#whenJoined.push(resolve));
  }

  /**
   * Leaving the block: waits for all calls.
   *
   * @throws AggregateError when calls failed; the first time only.
   */
  override async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
    const errors = this.#errors.splice(0);
    if (errors.length === 0) return;
    const count = errors.length === 1 ? "1 call" : `${errors.length} calls`;
    throw new AggregateError(errors, `${count} of the task group failed: \`errors\` has the error of each.`);
  }

  protected override checkOpen(): void {
    if (this.#left) {
      throw new RuntimeError(
        "cannot schedule new futures after the task group was left: create a new TaskGroup.",
      );
    }
    this.#doors.checkOpen();
  }

  protected override submitCall<R>(
    fn: AnyFunction,
    args: unknown[],
    options: CallOptions | undefined,
  ): Future<R> {
    this.checkOpen();
    return this.#submit(fn, args, options, () => true);
  }

  protected override submitTask<R>(
    fn: AnyFunction,
    args: unknown[],
    options: CallOptions | undefined,
  ): Future<R> {
    return this.submitCall(fn, args, options);
  }

  /** Each item is a call of the group: in chunks, a failure would show only when it is read. */
  protected override mapSource<R>(
    fn: AnyFunction,
    rows: Rows,
    options: MapOptions,
    order: MapOrder,
    own: TaskOptions | undefined,
  ): MapSource<R> {
    let source: FutureSource<R> | undefined;
    let ended = false;
    const submit = (row: unknown[], index: number): Future<R> =>
      this.#submitItem(fn, row, itemOptions(own, options.seed, index), () => source?.settles !== true);
    const onInputEnd = (): void => {
      ended = true;
      if (source !== undefined && this.#maps.delete(source)) this.#look();
    };
    source = new FutureSource<R>(rows, submit, {
      order,
      window: windowOf(rows, options),
      timeout: options.timeout,
      onInputEnd,
    });
    if (!ended) this.#maps.add(source);
    return source;
  }

  /** An item whose arguments cannot be sent is a failed call like any other. */
  #submitItem<R>(
    fn: AnyFunction,
    row: unknown[],
    options: CallOptions | undefined,
    counts: () => boolean,
  ): Future<R> {
    try {
      return this.#submit(fn, row, options, counts);
    } catch (error) {
      if (!(error instanceof SerializationError)) throw error;
      const failed = new Future<R>();
      failed.setException(error);
      this.#follow(failed, counts);
      return failed;
    }
  }

  #submit<R>(
    fn: AnyFunction,
    args: unknown[],
    options: CallOptions | undefined,
    counts: () => boolean,
  ): Future<R> {
    if (this.#failure !== undefined && this.#cancelsOnFailure) {
      // It belongs to the calls that the failure has cancelled.
      const future = new Future<R>();
      future.setCancelled(this.#failure.error);
      return future;
    }
    const future = this.#doors.submitCall<R>(fn, args, options);
    this.#follow(future, counts);
    return future;
  }

  /** @param counts - whether the call's failure is one of the group, asked when it has failed. */
  #follow<R>(future: Future<R>, counts: () => boolean): void {
    this.#unfinished.add(future);
    onceDone(future, () => {
      this.#unfinished.delete(future);
      if (!future.failed()) return this.#look();
      // One that fails while its map is being made: only afterwards can settled() have been called.
      void Promise.resolve().then(() => {
        if (counts()) this.#fail(errorOf(future));
        this.#look();
      });
    });
  }

  #fail(error: unknown): void {
    if (error instanceof CancelledError) return;
    this.#errors.push(error);
    if (this.#failure !== undefined) return;
    this.#failure = { error };
    if (this.#cancelsOnFailure) this.#cancelAll(error);
  }

  #cancelAll(reason: unknown): void {
    for (const map of [...this.#maps]) map.stop(new CancelledError(undefined, { cause: reason }));
    for (const future of [...this.#unfinished]) future.cancel({ force: true, reason });
  }

  get #joined(): boolean {
    return this.#unfinished.size === 0 && this.#maps.size === 0;
  }

  #look(): void {
    if (!this.#left || !this.#joined) return;
    for (const resolve of this.#whenJoined.splice(0)) resolve();
  }
}

function errorOf<R>(future: Future<R>): unknown {
  try {
    return future.resultSync(0);
  } catch (error) {
    return error;
  }
}
