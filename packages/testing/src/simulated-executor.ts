import {
  type AnyFunction,
  ArgumentTypeError,
  type CallOptions,
  type CancelOptions,
  checkShutdownOptions,
  Executor,
  type Future,
  type FutureOwner,
  RuntimeError,
  type ShutdownOptions,
  taskRandom,
} from "@concurrent-futures/core";
import { Deadline } from "@concurrent-futures/core/deadline";
import { checkInteger, checkOptions, describeValue } from "@concurrent-futures/core/options";
import { Call, provideCalls } from "@concurrent-futures/thread/call";
import { type Fault, type FaultPlan, planFaults } from "./faults.ts";
import { virtualTime } from "./virtual-time.ts";

/** What a {@link SimulatedExecutor} takes. */
export interface SimulatedExecutorOptions {
  /** Draws the order; the same seed replays the same run. */
  readonly seed: number;
  /** How many calls run at a time. @default 4 */
  readonly workers?: number;
  /** What shall go wrong. @default nothing */
  readonly faults?: readonly Fault[];
}

/** A call that waits, with what it fails with instead of running. */
interface Waiting {
  readonly call: Call<unknown>;
  readonly priority: number;
  readonly fault: ((workerId: number) => unknown) | undefined;
}

type WorkerState = "not started" | "starting" | "idle" | "busy";

/**
 * An executor for tests: it runs calls in this thread, in an order that is drawn from a seed, and makes go wrong what the
 * test asks for. A run that fails is replayed exactly by its seed. Functions are called as they are, nothing is copied.
 *
 * From its construction until `shutdown()` has ended, the global timers, `Date` and `performance.now()` are virtual: when
 * no call can go on, the time jumps to the next timer, so a test of minutes takes milliseconds. `timeout` and
 * `retryDelay` use that clock. Real I/O and `node:timers/promises` are not simulated: time does not wait for them.
 *
 * @example
 * ```ts
 * import { SimulatedExecutor } from "concurrent-futures/testing";
 *
 * await using executor = new SimulatedExecutor({ seed: 7, faults: [{ call: 2, kind: "crash" }] });
 * const outcomes = await Promise.allSettled([1, 2, 3].map((n) => executor.submit(double, n)));
 * // the second is a BrokenProcessPool
 * ```
 */
export class SimulatedExecutor extends Executor {
  readonly #random: () => number;
  readonly #faults: FaultPlan;
  readonly #workers: WorkerState[];
  // By priority, then in the order submitted.
  readonly #queue: Waiting[] = [];
  readonly #whenIdle: (() => void)[] = [];
  readonly #step = (): boolean => this.#startOne();
  #submitted = 0;
  #active = 0;
  #running = 0;
  #state: "open" | "shut down" | "left" = "open";
  readonly #owner: FutureOwner = {
    cancel: (future, options) => this.#cancel(future as Call<unknown>, options),
    isRunning: () => false,
    waitSync: () => {
      throw new RuntimeError(
        "resultSync() cannot block: a SimulatedExecutor runs its calls on this thread. Use `await future.result()`.",
      );
    },
  };

  /** @throws ArgumentTypeError, ValueError for wrong options. */
  constructor(options: SimulatedExecutorOptions) {
    super();
    checkOptions("options", options, ["seed", "workers", "faults"]);
    const { seed, workers = 4, faults = [] } = options ?? {};
    if (typeof seed !== "number" || !Number.isFinite(seed)) {
      throw new ArgumentTypeError(`Expected \`seed\` to be a finite number, got ${describeValue(seed)}.`);
    }
    this.#random = taskRandom([seed, 0]);
    this.#faults = planFaults(faults);
    this.#workers = new Array<WorkerState>(checkInteger("workers", workers)).fill("not started");
    provideCalls();
    virtualTime.enter(this.#step);
  }

  /** How many calls run at a time. */
  get maxWorkers(): number {
    return this.#workers.length;
  }

  /** How many calls are in flight, and how many wait for a worker. */
  stats(): { readonly running: number; readonly pending: number } {
    return { running: this.#running, pending: this.#queue.filter(({ call }) => !call.done()).length };
  }

  /** Takes no more calls; when those that there are have ended, time is real again. */
  override async shutdown(options: ShutdownOptions = {}): Promise<void> {
    const { wait, cancelFutures } = checkShutdownOptions(options);
    this.endRetryWaits(cancelFutures);
    if (this.#state === "open") this.#state = "shut down";
    if (cancelFutures) for (const { call } of this.#queue.splice(0)) call.cancel();
    this.#leaveWhenIdle();
    if (wait && this.#state !== "left") await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  protected override checkOpen(): void {
    if (this.#state !== "open") throw new RuntimeError("cannot schedule new futures after shutdown");
  }

  protected override submitTask<R>(
    fn: AnyFunction,
    args: unknown[],
    options: CallOptions | undefined,
  ): Future<R> {
    this.checkOpen();
    const call = new Call<R>(this.#owner, fn, args, options);
    const isFirst = (options?.attempt ?? 1) === 1;
    const fault = isFirst ? this.#faults.errorOf.get(++this.#submitted) : undefined;
    const priority = options?.priority ?? 0;
    const behind = this.#queue.findIndex((other) => other.priority < priority);
    const at = behind < 0 ? this.#queue.length : behind;
    this.#queue.splice(at, 0, { call: call as Call<unknown>, priority, fault });
    virtualTime.wake();
    return call;
  }

  /** One turn of the simulation: a free worker takes one of the calls that could begin now. */
  #startOne(): boolean {
    const free = this.#freeWorkers();
    if (free.length === 0 || this.#queue.length === 0) return false;
    // With as many free workers, each of the first calls may be the one that really begins first.
    const at = this.#draw(Math.min(free.length, this.#queue.length));
    const worker = free[this.#draw(free.length)] as number;
    if (this.#workers[worker] === "not started" && this.#startSlowly(worker)) return true;
    const [waiting] = this.#queue.splice(at, 1) as [Waiting];
    void this.#run(waiting, worker);
    return true;
  }

  #freeWorkers(): number[] {
    const free: number[] = [];
    this.#workers.forEach((state, worker) => {
      if (state === "idle" || state === "not started") free.push(worker);
    });
    return free;
  }

  #startSlowly(worker: number): boolean {
    const delay = this.#faults.startDelays.get(worker + 1);
    if (delay === undefined) return false;
    this.#workers[worker] = "starting";
    new Deadline(delay).whenPassed(() => {
      this.#workers[worker] = "idle";
      virtualTime.wake();
    });
    return true;
  }

  async #run({ call, fault }: Waiting, worker: number): Promise<void> {
    const workerId = worker + 1;
    this.#workers[worker] = "busy";
    this.#active++;
    if (fault !== undefined && !call.done() && call.setRunningOrNotifyCancel())
      call.setException(fault(workerId));
    else {
      const ended = call.run(workerId);
      if (ended !== undefined) {
        this.#running++;
        await ended;
        this.#running--;
      }
    }
    this.#workers[worker] = "idle";
    this.#active--;
    virtualTime.wake();
    this.#leaveWhenIdle();
  }

  #leaveWhenIdle(): void {
    if (this.#state !== "shut down" || this.#active > 0 || this.#queue.length > 0) return;
    this.#state = "left";
    virtualTime.leave(this.#step);
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  #cancel(call: Call<unknown>, { force = false, reason }: CancelOptions): boolean {
    if (!call.running()) {
      call.setCancelled(reason);
      return true;
    }
    if (!force) return false;
    call.abandon(reason);
    return true;
  }

  #draw(below: number): number {
    return Math.floor(this.#random() * below);
  }
}
