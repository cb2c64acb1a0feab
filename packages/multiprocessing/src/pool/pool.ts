import { refuseMore } from "@concurrent-futures/core/options";
import { hostKind, Scheduler } from "@concurrent-futures/process/workers";
import { startMethod } from "../start-method.ts";
import { BasePool } from "./base-pool.ts";
import { type AnyPoolOptions, checkPoolOptions } from "./options.ts";

/**
 * A fixed set of workers and calls on them (Python: `multiprocessing.Pool`), on the scheduler of `ProcessPoolExecutor`.
 * Where CPython loses a task or hangs (a worker that dies, an initializer or a callback that fails), here its result
 * ends with an error and the pool goes on. Leaving an `await using` block terminates the pool, as in Python.
 *
 * @example
 * ```ts
 * const pool = new Pool(4);
 * console.log(await pool.map(fib, [10, 20, 30]));
 * pool.close();
 * await pool.join();
 * ```
 */
export class Pool extends BasePool {
  /**
   * @param options - how many workers, or options.
   * @throws ArgumentTypeError, ValueError for wrong options; SerializationError for an initializer that cannot be sent.
   */
  constructor(options?: number | AnyPoolOptions, ...more: never[]) {
    refuseMore(more, "new Pool(processes) or new Pool({ processes, initializer, initargs })");
    const checked = checkPoolOptions(options);
    const { processes, initializer, initargs, maxtasksperchild, context, resultFunctions, output } = checked;
    const scheduler = new Scheduler({
      kind: hostKind(context ?? startMethod()),
      maxWorkers: processes,
      initializer,
      initargs,
      maxTasksPerWorker: maxtasksperchild,
      onWorkerCrash: "replace",
      idleTimeout: undefined,
      resultFunctions,
      output,
    });
    scheduler.start();
    super(scheduler, processes);
  }
}
