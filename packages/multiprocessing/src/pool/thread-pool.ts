import { type InitializerOptions, RuntimeError } from "@concurrent-futures/core";
import { refuseMore } from "@concurrent-futures/core/options";
import { BasePool } from "./base-pool.ts";
import { cannotBlock, EventLoopEngine } from "./event-loop-engine.ts";
import { checkPoolOptions } from "./options.ts";

/** How a `ThreadPool` is made; each of its slots is a worker. `initargs` must fit `initializer`, and may be left out when it needs none. */
export type ThreadPoolOptions<A extends readonly unknown[] = []> = {
  /** How many calls may be in flight at once, at least 1. @default os.availableParallelism() */
  readonly processes?: number;
} & InitializerOptions<A>;

/**
 * The methods of `Pool` over this event loop (Python: `multiprocessing.pool.ThreadPool`): for functions that await I/O.
 * Functions, arguments and results are passed as they are, closures included. A `chunksize` is accepted and changes
 * nothing. CPU-bound functions gain nothing here; give them to a `Pool`.
 *
 * Where Python blocks a thread, there is no other thread here: `applySync`, `mapSync`, `starmapSync` and `getSync` of a
 * result that is not ready throw `RuntimeError`. `terminate()` cancels what waits, abandons what runs and aborts the
 * signal of `currentTask()`; the results of both are a `CancelledError`.
 *
 * @example
 * ```ts
 * await using pool = new ThreadPool(8);
 * const sizes = await pool.map(async (url: string) => (await fetch(url)).headers.get("content-length"), urls);
 * ```
 */
export class ThreadPool extends BasePool {
  /**
   * @param options - how many calls at a time, or options.
   * @throws ArgumentTypeError, ValueError for wrong options.
   */
  constructor(options?: number | ThreadPoolOptions<never[]>, ...more: never[]) {
    refuseMore(more, "new ThreadPool(processes) or new ThreadPool({ processes, initializer, initargs })");
    const { processes, initializer, initargs } = checkPoolOptions(options, threadPoolOptions);
    const named = { maxWorkers: processes, initargs, threadNamePrefix: "ThreadPool" };
    super(new EventLoopEngine(initializer === undefined ? named : { ...named, initializer }), processes);
  }

  /** @throws RuntimeError always: this thread runs the call, so it cannot wait for it. */
  override applySync(): never {
    throw new RuntimeError(cannotBlock("applySync"));
  }

  /** @throws RuntimeError always: this thread runs the calls, so it cannot wait for them. */
  override mapSync(): never {
    throw new RuntimeError(cannotBlock("mapSync"));
  }

  /** @throws RuntimeError always: this thread runs the calls, so it cannot wait for them. */
  override starmapSync(): never {
    throw new RuntimeError(cannotBlock("starmapSync"));
  }
}

const threadPoolOptions = ["processes", "initializer", "initargs"] as const;
