import { unpackErrorSync } from "@concurrent-futures/callable";
import {
  type AnyFunction,
  BrokenProcessPool,
  type CallOptions,
  type CancelOptions,
  type Future,
  type FutureOwner,
  type Rows,
  RuntimeError,
} from "@concurrent-futures/core";
import { onProcessExit } from "@concurrent-futures/core/process-exit";
import type { HostDeath } from "../host/worker-host.ts";
import type { PoolStats } from "../stats.ts";
import type { FromWorker } from "../wire.ts";
import { CallSites } from "./call-sites.ts";
import { initializerFailed, taskDied } from "./faults.ts";
import type { FunctionEntry } from "./function-entry.ts";
import { FunctionRegistry } from "./function-registry.ts";
import { Jobs } from "./jobs.ts";
import type { Lane, Remains } from "./lane.ts";
import { Lender } from "./lender.ts";
import { checkPoolTransition, type PoolState } from "./lifecycle.ts";
import { type JobOptions, MapJob } from "./map-job.ts";
import { packArguments } from "./pack-arguments.ts";
import { RowBuffer } from "./row-buffer.ts";
import { Stops } from "./stops.ts";
import { Tally } from "./tally.ts";
import { Task } from "./task.ts";
import { TaskCare } from "./task-care.ts";
import { WorkQueue } from "./work-queue.ts";
import { Workforce, type WorkforceOptions } from "./workforce.ts";

/** What a scheduler is made of. */
export interface SchedulerOptions extends WorkforceOptions {
  readonly initializer: AnyFunction | undefined;
  readonly initargs: readonly unknown[];
  readonly maxTasksPerWorker: number | undefined;
}

/** Whoever waits for it runs in the next microtask, at a quarter of what Node's queueMicrotask() costs (0.1 us). */
const soon: Promise<void> = Promise.resolve();

/**
 * Who runs what, and when. The one scheduler under `ProcessPoolExecutor` and `Pool`:
 *
 *     submit, map                      a Task or a MapJob, in the queue by priority
 *       └ fill: queue -> lane          a batch on loan to a worker, a slot per call; idle workers first, then one ahead
 *           └ host.post ... worker ... host.message
 *       ┌ settle: results -> futures   measure the calls; what has become free is filled again
 *       │   └ nothing queued?          take back from a busy worker what has not begun
 *     result
 *
 * Its loop, run once per turn of the event loop and after each message: fill, settle, broken?, shutting down?
 */
export class Scheduler implements FutureOwner {
  readonly options: SchedulerOptions;
  readonly #workforce: Workforce;
  readonly #tally: Tally = new Tally();
  readonly #stops: Stops = new Stops((lane) => this.#workforce.endNow(lane, "terminate"));
  readonly #queue: WorkQueue;
  readonly #lender: Lender;
  readonly #functions: FunctionRegistry;
  readonly #jobs: Jobs;
  readonly #tasks: TaskCare = new TaskCare({
    queue: () => this.#queue,
    tally: this.#tally,
    stops: this.#stops,
    release: (entry) => this.#release(entry),
    ended: () => {
      if (this.#state !== "open") this.#flushSoon();
    },
  });
  readonly #sites: CallSites = new CallSites();
  readonly #whenGone: (() => void)[] = [];
  #state: PoolState = "open";
  #broken: BrokenProcessPool | undefined;
  #flushing = false;
  readonly #flushDue = (): void => {
    if (this.#flushing) this.#flush();
  };
  // Ended by force: what was on its way to a worker fails with it, and is not run by another.
  #terminated = false;

  constructor(options: SchedulerOptions) {
    const { initializer, initargs, maxWorkers } = options;
    this.options = options;
    this.#functions = new FunctionRegistry(options.kind.name);
    onProcessExit.watch();
    this.#queue = new WorkQueue(maxWorkers, this.#tasks);
    // Described now: an initializer that cannot travel is refused where it is given.
    const first = initializer && {
      ref: this.#functions.entryOf(initializer).ref,
      args: packArguments(initargs, undefined, options.kind.name)?.args ?? initargs,
    };
    this.#workforce = new Workforce(options, first, {
      message: (lane, message) => this.#receive(lane, message),
      died: (lane, death, remains, broken) => this.#died(lane, death, remains, broken),
    });
    this.#jobs = new Jobs({
      queue: this.#queue,
      workforce: this.#workforce,
      tally: this.#tally,
      changed: () => this.#flushSoon(),
      release: (entry) => this.#release(entry),
    });
    this.#lender = new Lender(this.#queue, this.#workforce, this.#tally, options.maxTasksPerWorker);
  }

  /** @throws BrokenProcessPool, RuntimeError when nothing can be submitted any more */
  checkOpen(): void {
    if (this.#broken !== undefined) throw this.#brokenError();
    if (this.#state !== "open") throw new RuntimeError("cannot schedule new futures after shutdown");
    if (onProcessExit.exiting)
      throw new RuntimeError("cannot schedule new futures after interpreter shutdown");
  }

  /** Queues one call. Frames above `above` are not shown in its errors. */
  submit(fn: AnyFunction, args: readonly unknown[], options: CallOptions | undefined, above: Function): Task {
    this.checkOpen();
    const entry = this.#functions.entryOf(fn);
    const packed = packArguments(args, options?.transfer, this.options.kind.name);
    const { now } = this.#tally;
    const task = new Task(this, entry, packed?.args ?? args, options, this.#sites.capture(above, now), now);
    task.transfer = packed?.transfer;
    this.#tasks.add(task);
    this.#flushSoon();
    return task;
  }

  /** Queues another attempt of a call that has failed, with the function and arguments as they were at its submit. */
  retry(failed: Task, options: CallOptions): Task {
    this.checkOpen();
    const task = new Task(this, failed.entry, failed.args, options, failed.site, this.#tally.now);
    this.#tasks.add(task);
    this.#flushSoon();
    return task;
  }

  /** Queues a call for each row; at most `window` rows are read ahead of the reader. */
  map(fn: AnyFunction, rows: Rows, window: number, options: JobOptions, above: Function): MapJob {
    this.checkOpen();
    const entry = this.#functions.entryOf(fn);
    entry.users++;
    const origin = { medium: this.options.kind.name, site: this.#sites.capture(above, this.#tally.now) };
    const job = new MapJob(entry, new RowBuffer(rows, window), options, origin, this.#jobs);
    this.#jobs.add(job);
    return job;
  }

  /** Starts all workers now. */
  start(): void {
    while (!this.#workforce.full) this.#workforce.start();
  }

  /** No more work; what there is is done, unless it is cancelled. Resolves when the workers are gone. */
  shutdown(wait: boolean, cancelFutures: boolean): Promise<void> {
    if (this.#state === "open") this.#state = checkPoolTransition(this.#state, "draining");
    if (cancelFutures) this.#cancelQueued();
    this.#flushSoon();
    if (!wait || this.#gone) return Promise.resolve();
    return new Promise((resolve) => this.#whenGone.push(resolve));
  }

  /** Ends all workers, whatever they do: what runs fails with BrokenProcessPool, what waits is cancelled. */
  terminate(how: "terminate" | "kill"): void {
    if (this.#state === "open") this.#state = checkPoolTransition(this.#state, "draining");
    this.#terminated = true;
    this.#cancelQueued();
    for (const lane of [...this.#workforce.lanes]) this.#workforce.endNow(lane, how);
  }

  stats(): PoolStats {
    let running = 0;
    let pending = this.#tally.queuedTasks;
    for (const lane of this.#workforce.lanes) {
      const states = lane.countStates();
      running += states.running;
      pending += states.pending;
    }
    pending += this.#jobs.pending;
    return { workers: this.#workforce.working, pending, running, ...this.#tally.ends, ...this.#tally.times };
  }

  // What futures ask --------------------------------------------------------------------------------------------------

  cancel(future: Future<unknown>, { force = false, reason }: CancelOptions): boolean {
    const task = future as Task;
    if (task.loan !== undefined && !task.loan.lane.revoke(task.loan, task.index))
      return force && this.#stops.cancel(task, reason);
    // It stays in the queue until its turn comes: taking it out would make cancelling all of them quadratic.
    if (task.loan === undefined) this.#tally.queuedTasks--;
    this.#tasks.cancelled(task, reason);
    return true;
  }

  isRunning(future: Future<unknown>): boolean {
    const { loan, index } = future as Task;
    return loan?.lane.isRunning(loan, index) ?? false;
  }

  waitSync(future: Future<unknown>, timeout: number | undefined): void {
    this.blockUntil(() => future.done(), timeout);
  }

  /** Blocks this thread until the condition holds or the milliseconds are over. */
  blockUntil(condition: () => boolean, timeout: number | undefined): void {
    this.#flush();
    this.#workforce.blockUntil(() => {
      if (this.#flushing) this.#flush();
      return condition();
    }, timeout);
  }

  // The loop ----------------------------------------------------------------------------------------------------------

  get #unfinished(): boolean {
    return this.#tally.unfinishedTasks > 0 || this.#jobs.some;
  }

  get #gone(): boolean {
    return this.#workforce.lanes.length === 0 && !this.#unfinished;
  }

  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    void soon.then(this.#flushDue);
  }

  #flush(): void {
    this.#flushing = false;
    this.#tally.turn();
    if (this.#broken === undefined) this.#lender.fill();
    if (this.#unfinished) return;
    this.#sites.forgetSoon();
    if (this.#state !== "open") this.#leave();
  }

  #receive(lane: Lane, message: FromWorker): void {
    switch (message.kind) {
      case "up":
      case "dying":
        break;
      case "results": {
        const { values, microseconds } = message;
        if (values.length > 0) this.#tally.ran(microseconds / values.length, values.length);
        if (lane.settle(message)) this.#workforce.becameIdle(lane);
        break;
      }
      case "began": {
        const task = lane.taskOf(message.id, message.index);
        if (task !== undefined) this.#stops.began(task);
        break;
      }
      case "init-failed":
        this.#break(initializerFailed(unpackErrorSync(message.error)));
        break;
    }
    this.#flushSoon();
  }

  #died(
    lane: Lane,
    death: HostDeath,
    { running, unbegun }: Remains,
    broken: BrokenProcessPool | undefined,
  ): void {
    const lost = [...running];
    for (const [loan, indexes] of [...unbegun].reverse()) {
      if (this.#terminated) for (const index of indexes) lost.push([loan, index]);
      else loan.work.giveBack(indexes);
    }
    for (const [{ work }, index] of lost) {
      work.fail(index, taskDied(lane, death, work.nameOf(index)));
      work.settled();
    }
    if (broken !== undefined) this.#break(broken);
    this.#flushSoon();
  }

  #break(error: BrokenProcessPool): void {
    if (this.#broken !== undefined) return;
    this.#broken = error;
    this.#state = checkPoolTransition(this.#state, "broken");
    for (const lane of [...this.#workforce.lanes]) {
      for (const [{ work }, index] of lane.abandonAll()) work.fail(index, this.#brokenError());
      this.#workforce.endNow(lane, "terminate");
    }
    for (const task of this.#queue.takeTasks()) {
      this.#tally.queuedTasks--;
      this.#tasks.failed(task, this.#brokenError());
    }
    this.#jobs.breakAll(() => this.#brokenError());
  }

  /** One error for each who meets it: a shared one would collect everybody's changes. */
  #brokenError(): BrokenProcessPool {
    const { message, cause, worker } = this.#broken as BrokenProcessPool;
    return new BrokenProcessPool(message, { cause, ...(worker && { worker }) });
  }

  #cancelQueued(): void {
    for (const lane of this.#workforce.lanes) lane.takeBack(Number.POSITIVE_INFINITY);
    for (const task of this.#queue.takeTasks()) this.cancel(task, {});
    this.#jobs.cancelAll();
  }

  #release(entry: FunctionEntry): void {
    entry.users--;
    if (entry.transient && entry.users === 0) for (const lane of this.#workforce.lanes) lane.forget(entry);
  }

  /** All is done: the workers may go, and who waits for that is told when they are gone. */
  #leave(): void {
    for (const lane of [...this.#workforce.lanes]) if (lane.idle) this.#workforce.endSoftly(lane);
    if (!this.#gone) return;
    if (this.#state === "draining") this.#state = checkPoolTransition(this.#state, "closed");
    for (const resolve of this.#whenGone.splice(0)) resolve();
  }
}
