import { inRole } from "@concurrent-futures/callable";
import type { AnyFunction, CallOptions, Rows } from "@concurrent-futures/core";
import type { DescribedStats } from "@concurrent-futures/core/pool-stats";
import { beginNoting, endNoting, type SharedContent } from "../shared-content.ts";
import type { NestedOptions } from "../wire-nested.ts";
import { beginStackAtCaller, CallSites } from "./call-sites.ts";
import { CarriedCalls } from "./carried.ts";
import type { FunctionEntry } from "./function-entry.ts";
import { type FunctionDescription, FunctionRegistry } from "./function-registry.ts";
import { MapInput } from "./map-input.ts";
import { type JobOptions, MapJob } from "./map-job.ts";
import { MapReader } from "./map-reader.ts";
import type { MapRegistry } from "./map-registry.ts";
import type { Outgoing } from "./outgoing.ts";
import { type PackedArguments, packArguments, packRepeatable } from "./pack-arguments.ts";
import type { PoolMetrics } from "./pool-metrics.ts";
import { Task } from "./task.ts";
import type { TaskLifecycle } from "./task-lifecycle.ts";
import type { Initializer } from "./worker-pool-options.ts";

/** Makes of what is submitted what can be queued: described, packed, and with what goes along. */
export class Submitter {
  readonly #medium: "thread" | "spawn";
  readonly #functions: FunctionRegistry;
  readonly #carried: CarriedCalls;
  readonly #metrics: PoolMetrics;
  readonly #outgoing: Outgoing;
  readonly #sites: CallSites = new CallSites();

  constructor(medium: "thread" | "spawn", metrics: PoolMetrics, outgoing: Outgoing) {
    this.#medium = medium;
    this.#outgoing = outgoing;
    this.#metrics = metrics;
    this.#functions = new FunctionRegistry(medium);
    this.#carried = new CarriedCalls(this.#functions);
  }

  /**
   * An initializer, and the shared values that it uses. Described now: one that cannot be sent is refused where it is given.
   *
   * @throws SerializationError
   */
  initializer(
    fn: AnyFunction,
    args: readonly unknown[],
  ): readonly [initializer: Initializer, shared: readonly SharedContent[]] {
    const before = beginNoting();
    const { name, ref } = inRole("initializer", () => this.#functions.entryOf(fn));
    const packed = packRepeatable(args, this.#medium, "each worker gets the `initargs`");
    return [{ name, ref, args: packed }, endNoting(before) ?? []];
  }

  /** Adds one call to `tasks`. Frames above `above` are not shown in its errors. */
  submit(
    fn: AnyFunction,
    args: readonly unknown[],
    options: CallOptions | undefined,
    above: Function,
    tasks: TaskLifecycle,
  ): Task {
    const before = beginNoting();
    let entry: FunctionEntry;
    let packed: PackedArguments | undefined;
    let shared: readonly SharedContent[] | undefined;
    try {
      entry = this.#functions.entryOf(fn);
      packed = packArguments(args, options?.transfer, this.#medium, this.#outgoing);
    } catch (error) {
      throw beginStackAtCaller(error, above);
    } finally {
      shared = endNoting(before);
    }
    const { now } = this.#metrics;
    const task = new Task(tasks, entry, packed?.args ?? args, options, this.#sites.capture(above, now), now);
    task.transfer = packed?.transfer;
    task.carried = this.#carried.capture();
    task.shared = shared;
    for (const value of args) this.#outgoing.sent(value);
    tasks.add(task);
    return task;
  }

  /** Adds another attempt of a call that has failed, with the function and arguments as they were at its submit. */
  retry(failed: Task, options: CallOptions, tasks: TaskLifecycle): Task {
    const task = new Task(tasks, failed.entry, failed.args, options, failed.site, this.#metrics.now);
    task.carried = failed.carried;
    task.shared = failed.shared;
    tasks.add(task);
    return task;
  }

  /**
   * Adds a call that a task has submitted, as it came from its worker. Before all others: so the memory that waiting calls take
   * grows with the depth of the recursion, not with its breadth.
   */
  submitNested(
    description: FunctionDescription,
    args: readonly unknown[],
    options: NestedOptions | undefined,
    carried: readonly (readonly [FunctionDescription, string])[] | undefined,
    tasks: TaskLifecycle,
  ): Task {
    const entry = this.#functions.entryOfDescription(description);
    const task = new Task(tasks, entry, args, options, undefined, this.#metrics.now);
    task.nested = true;
    task.carried = carried && this.#carried.received(carried);
    tasks.add(task, true);
    return task;
  }

  /** Adds a call for each row to `maps`; at most `window` rows are read ahead of the reader. */
  map(
    fn: AnyFunction,
    rows: Rows,
    window: number,
    options: JobOptions,
    above: Function,
    maps: MapRegistry,
  ): MapReader {
    const before = beginNoting();
    let entry: FunctionEntry;
    let shared: readonly SharedContent[] | undefined;
    try {
      entry = this.#functions.entryOf(fn);
    } catch (error) {
      throw beginStackAtCaller(error, above);
    } finally {
      shared = endNoting(before);
    }
    const input = new MapInput(rows, window, this.#medium, this.#outgoing);
    entry.users++;
    const origin = {
      site: this.#sites.capture(above, this.#metrics.now),
      carried: this.#carried.capture(),
    };
    const job = new MapJob(entry, input, options, origin, maps);
    const reader = new MapReader(job);
    job.use(shared);
    maps.add(job);
    return reader;
  }

  /** The function that was described again and again for the longest time. */
  get described(): DescribedStats | undefined {
    return this.#functions.descriptions.most;
  }

  /** Nothing is under way: lets go of where calls came from. */
  forgetSoon(): void {
    this.#sites.forgetSoon();
  }
}
