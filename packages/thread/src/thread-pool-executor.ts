import {
  type AnyFunction,
  BrokenThreadPool,
  type CallOptions,
  type CancelOptions,
  checkShutdownOptions,
  Executor,
  type Future,
  type FutureOwner,
  type MapOptions,
  type MapOrder,
  type MapSource,
  type Rows,
  RuntimeError,
  type ShutdownOptions,
  type TaskOptions,
} from "@concurrent-futures/core";
import { type AsyncContext, currentContext, runIn } from "@concurrent-futures/core/async-context";
import { refuseMore } from "@concurrent-futures/core/options";
import {
  checkPoolStatsOptions,
  type PoolStats,
  type PoolStatsOptions,
} from "@concurrent-futures/core/pool-stats";
import { onProcessExit } from "@concurrent-futures/core/process-exit";
import { PriorityQueue } from "@concurrent-futures/core/queue";
import { staysHere } from "@concurrent-futures/core/stays-here";
import { Call, provideCalls } from "./call.ts";
import { Limiter } from "./limiter.ts";
import { type CheckedThreadPoolOptions, checkThreadPoolOptions, type ThreadPoolOptions } from "./options.ts";
import { publishMap } from "./published-map.ts";
import { SlotActivity } from "./slot-activity.ts";

/** A pool, as code that submits sees it. */
type State = "open" | "shut down";

/**
 * Runs at most `maxWorkers` calls at a time on this event loop (Python: `concurrent.futures.ThreadPoolExecutor`): for
 * functions that await I/O. CPU-bound functions gain nothing here; give them to a `ProcessPoolExecutor`. Functions are
 * called as they are, closures included, and nothing is copied.
 *
 * A call that was cancelled by force or has run out of time is abandoned if it does not listen to
 * `currentTask().signal`: its future is settled, its slot is free, and nobody waits for it.
 *
 * A task may submit to its own pool: while it waits for such calls, its slot is free for others, and it goes on beside them. In
 * Python such tasks can wait forever.
 *
 * @example
 * ```ts
 * const executor = new ThreadPoolExecutor(8);
 * const pages = await executor.map((url: string) => fetch(url).then((r) => r.text()), urls).toArray();
 * await executor.shutdown();
 * ```
 */
export class ThreadPoolExecutor<A extends readonly unknown[] = never[]> extends Executor {
  static {
    staysHere(ThreadPoolExecutor, "Make one inside of the function that needs it.");
  }

  readonly #options: CheckedThreadPoolOptions;
  // Of the code that made the pool, for the initializer.
  readonly #context: AsyncContext | undefined;
  readonly #limiter: Limiter;
  readonly #queue: PriorityQueue<Call<unknown>> = new PriorityQueue();
  // Numbers of free slots, lowest last; a slot is a worker as far as initializer and workerId are concerned.
  readonly #idle: number[];
  readonly #initialized: Set<number> = new Set();
  readonly #whenIdle: (() => void)[] = [];
  // Loops that run or wait to, and calls that have begun and not ended: a loop begins its first in a later microtask.
  #loops = 0;
  #running = 0;
  // Calls that go on without a slot, since they wait for calls that they submitted here.
  #parked = 0;
  // Calls that were cancelled while they waited: they stay in the queue until their turn.
  #cancelledInQueue = 0;
  readonly #activity: SlotActivity;
  #state: State = "open";
  #broken: BrokenThreadPool | undefined;
  readonly #owner: FutureOwner = {
    cancel: (future, options) => this.#cancel(future as Call<unknown>, options),
    isRunning: () => false,
    waitSync: () => {
      throw new RuntimeError(
        "resultSync() cannot block: a ThreadPoolExecutor runs its calls on this thread. Use `await future.result()`, or a ProcessPoolExecutor.",
      );
    },
  };

  /**
   * @param options - how many calls at a time, or options.
   * @throws ArgumentTypeError, ValueError for wrong options.
   */
  constructor(options?: number | ThreadPoolOptions<A>, ...more: never[]) {
    super();
    refuseMore(
      more,
      "new ThreadPoolExecutor(maxWorkers) or new ThreadPoolExecutor({ maxWorkers, initializer })",
    );
    this.#options = checkThreadPoolOptions(options as number | ThreadPoolOptions | undefined);
    this.#activity = new SlotActivity();
    this.#limiter = new Limiter(this.#options.maxWorkers);
    this.#idle = Array.from({ length: this.#options.maxWorkers }, (_, at) => this.#options.maxWorkers - at);
    provideCalls();
    this.#context = currentContext();
    onProcessExit.watch();
    const { maxWorkers, threadNamePrefix } = this.#options;
    this.#activity.announce({ maxWorkers, threadNamePrefix, stats: (given) => this.stats(given) });
  }

  /** How many calls may be in flight at once. */
  get maxWorkers(): number {
    return this.#options.maxWorkers;
  }

  /**
   * What the pool is doing and has done, in the same shape as of a `ProcessPoolExecutor`: a slot counts as a worker. It
   * still answers after shutdown.
   *
   * @throws ArgumentTypeError, ValueError for wrong options.
   */
  stats(options: PoolStatsOptions = {}): PoolStats {
    const window = checkPoolStatsOptions(options);
    return {
      pool: this.#activity.pool,
      workers: Math.min(this.#loops, this.#options.maxWorkers),
      pending: this.#queue.size - this.#cancelledInQueue,
      running: this.#running,
      ...this.#activity.stats(window),
    };
  }

  get #busy(): boolean {
    return this.#loops > 0 || this.#parked > 0;
  }

  protected override checkOpen(): void {
    if (this.#broken !== undefined) throw this.#brokenError();
    // While it shuts down, calls of its own tasks are taken: they could not end without.
    if (this.#state !== "open" && Call.current(this.#owner) === undefined)
      throw new RuntimeError("cannot schedule new futures after shutdown");
    if (onProcessExit.exiting)
      throw new RuntimeError("cannot schedule new futures after interpreter shutdown");
  }

  protected override submitTask<R>(
    fn: AnyFunction,
    args: unknown[],
    options: CallOptions | undefined,
  ): Future<R> {
    this.checkOpen();
    const call = new Call<R>(this.#owner, fn, args, options);
    const by = Call.current(this.#owner);
    if (by === undefined) this.#queue.push(call as Call<unknown>, options?.priority);
    else {
      // What is below is done before what is beside: so memory grows with the depth of a recursion, not with its breadth.
      this.#queue.unshift(call as Call<unknown>, options?.priority);
      by.waitsFor(call as Call<unknown>);
    }
    // How many may run is the limiter's matter: one loop that waits is enough, since each takes call after call.
    if (!this.#limiter.full) {
      this.#loops++;
      this.#limiter.run(() => this.#work());
    }
    return call;
  }

  protected override mapSource<R>(
    fn: AnyFunction,
    rows: Rows,
    options: MapOptions,
    order: MapOrder,
    own: TaskOptions | undefined,
  ): MapSource<R> {
    const source = super.mapSource<R>(fn, rows, options, order, own);
    publishMap(source, this.#activity.pool, fn, order);
    return source;
  }

  override shutdown(options: ShutdownOptions = {}): Promise<void> {
    const { wait, cancelFutures } = checkShutdownOptions(options);
    this.endRetryWaits(cancelFutures);
    this.#state = "shut down";
    if (cancelFutures) {
      for (const call of this.#queue.clear()) call.cancel();
      this.#cancelledInQueue = 0;
    }
    if (!this.#busy) this.#activity.closed("shutdown");
    if (!wait || !this.#busy) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  /** Takes a slot while calls wait. */
  async #work(): Promise<void> {
    if (this.#queue.size > 0) {
      const workerId = this.#idle.pop() as number;
      await this.#runCalls(workerId);
      this.#idle.push(workerId);
    }
    this.#loops--;
    this.#lookIfOver();
  }

  /** One slot's loop: its initializer once, then call after call until nothing waits. */
  async #runCalls(workerId: number): Promise<void> {
    this.#activity.opened(workerId);
    if (!(await this.#initialize(workerId))) return;
    for (let call = this.#queue.shift(); call !== undefined; call = this.#queue.shift()) {
      if (call.done()) {
        this.#cancelledInQueue--;
        continue;
      }
      const began = this.#activity.began(workerId, call.submitted);
      const ended = call.run(workerId);
      if (ended !== undefined) {
        this.#running++;
        await ended;
        if (call.parked) {
          this.#park(call, workerId, began);
          continue;
        }
        this.#running--;
      }
      this.#activity.ended(workerId, call, began);
    }
  }

  /** A call goes on without its slot until it ends. */
  #park(call: Call<unknown>, workerId: number, began: number): void {
    this.#parked++;
    call.whenOver(() => {
      this.#running--;
      this.#parked--;
      this.#activity.ended(workerId, call, began);
      this.#lookIfOver();
    });
  }

  #lookIfOver(): void {
    if (this.#busy) return;
    if (this.#state !== "open") this.#activity.closed("shutdown");
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  async #initialize(workerId: number): Promise<boolean> {
    const { initializer, initargs } = this.#options;
    if (this.#broken !== undefined) return false;
    if (initializer === undefined || this.#initialized.has(workerId)) return true;
    try {
      await runIn(this.#context, () => initializer(...(initargs as never[])));
      this.#initialized.add(workerId);
      this.#activity.initialized(workerId);
      return true;
    } catch (error) {
      this.#break(error);
      return false;
    }
  }

  #break(cause: unknown): void {
    this.#broken ??= new BrokenThreadPool(
      "A thread initializer failed, the thread pool is not usable anymore",
      { cause },
    );
    this.#activity.closed("broken", this.#broken);
    for (const call of this.#queue.clear()) {
      if (call.done()) continue;
      call.setException(this.#brokenError());
      this.#activity.settled("failed");
    }
    this.#cancelledInQueue = 0;
  }

  /** One error for each who meets it: a shared one would collect everybody's changes. */
  #brokenError(): BrokenThreadPool {
    return new BrokenThreadPool(this.#broken?.message ?? "", { cause: this.#broken?.cause });
  }

  #cancel(call: Call<unknown>, { force = false, reason }: CancelOptions): boolean {
    if (!call.running()) {
      // It stays in the queue, where its slot meets it as done: taking it out would make cancelling all of them quadratic.
      call.setCancelled(reason);
      this.#cancelledInQueue++;
      this.#activity.settled("cancelled");
      return true;
    }
    if (!force) return false;
    call.abandon(reason);
    return true;
  }
}
