import { unpackErrorSync } from "@concurrent-futures/callable";
import {
  type AnyFunction,
  BrokenProcessPool,
  type CancelOptions,
  type Future,
  type FutureOwner,
  type Rows,
  RuntimeError,
  type TaskOptions,
} from "@concurrent-futures/core";
import type { HostDeath, HostKind, HostOptions } from "../host/worker-host.ts";
import { onProcessExit } from "../process-exit.ts";
import type { PoolStats } from "../stats.ts";
import type { FromWorker } from "../wire.ts";
import { largestBatch } from "./batch-size.ts";
import { CallSites } from "./call-sites.ts";
import { judge, taskDied, wording } from "./faults.ts";
import type { FunctionEntry } from "./function-entry.ts";
import { FunctionRegistry } from "./function-registry.ts";
import { Lane } from "./lane.ts";
import { checkPoolTransition, type PoolState } from "./lifecycle.ts";
import { type JobKeeper, type JobOptions, MapJob } from "./map-job.ts";
import { uncloneable } from "./outcome.ts";
import { packArguments } from "./pack-arguments.ts";
import { RowBuffer } from "./row-buffer.ts";
import { Stops } from "./stops.ts";
import { Tally, type TaskEnd } from "./tally.ts";
import { Task } from "./task.ts";
import { Calls, type TaskKeeper, type Work } from "./work.ts";
import { WorkQueue } from "./work-queue.ts";

/** What a scheduler is made of. */
export interface SchedulerOptions extends Omit<HostOptions, "workerId"> {
  readonly kind: HostKind;
  readonly maxWorkers: number;
  readonly initializer: AnyFunction | undefined;
  readonly initargs: readonly unknown[];
  readonly maxTasksPerWorker: number | undefined;
  readonly onWorkerCrash: "replace" | "break";
  readonly idleTimeout: number | undefined;
}

/** How long a worker that was told to leave may take, in milliseconds: its exit handlers run then. */
const leavingTime = 1_000;

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
export class Scheduler implements FutureOwner, TaskKeeper, JobKeeper {
  readonly options: SchedulerOptions;
  readonly lanes: Lane[] = [];
  readonly #functions: FunctionRegistry = new FunctionRegistry();
  readonly #queue: WorkQueue;
  readonly #jobs: Set<MapJob> = new Set();
  readonly #stops: Stops = new Stops((lane) => this.#endNow(lane, "terminate"));
  readonly #sites: CallSites = new CallSites();
  readonly #tally: Tally = new Tally();
  readonly #initializer: FunctionEntry | undefined;
  readonly #initargs: readonly unknown[] = [];
  readonly #whenGone: (() => void)[] = [];
  #state: PoolState = "open";
  #broken: BrokenProcessPool | undefined;
  #nextWorker = 1;
  #flushing = false;
  // Workers that have died in a row without a call to show for it.
  #fruitless = 0;

  constructor(options: SchedulerOptions) {
    this.options = options;
    this.#queue = new WorkQueue(options.maxWorkers, this);
    // Described now: an initializer that cannot travel is refused where it is given.
    if (options.initializer !== undefined) {
      this.#initializer = this.#functions.entryOf(options.initializer);
      this.#initargs = packArguments(options.initargs, undefined).args;
    }
  }

  /** @throws BrokenProcessPool, RuntimeError when nothing can be submitted any more */
  checkOpen(): void {
    if (this.#broken !== undefined) throw this.#brokenError();
    if (this.#state !== "open") throw new RuntimeError("cannot schedule new futures after shutdown");
    if (onProcessExit.exiting)
      throw new RuntimeError("cannot schedule new futures after interpreter shutdown");
  }

  /** Queues one call. Frames above `above` are not shown in its errors. */
  submit(fn: AnyFunction, args: readonly unknown[], options: TaskOptions | undefined, above: Function): Task {
    this.checkOpen();
    const entry = this.#functions.entryOf(fn);
    const packed = packArguments(args, options?.transfer);
    const task = new Task(this, entry, packed.args, options, this.#sites.capture(above), this.#tally.now);
    task.transfer = packed.transfer;
    entry.users++;
    this.#tally.queuedTasks++;
    this.#tally.unfinishedTasks++;
    this.#queue.add(task);
    this.#flushSoon();
    return task;
  }

  /** Queues a call for each row; at most `window` rows are read ahead of the reader. */
  map(fn: AnyFunction, rows: Rows, window: number, options: JobOptions, above: Function): MapJob {
    this.checkOpen();
    const entry = this.#functions.entryOf(fn);
    entry.users++;
    const job = new MapJob(entry, new RowBuffer(rows, window), options, this.#sites.capture(above), this);
    if (!job.complete) this.#jobs.add(job);
    return job;
  }

  /** Starts all workers now. */
  start(): void {
    while (this.#working < this.options.maxWorkers) this.#startLane();
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
    this.#cancelQueued();
    for (const lane of [...this.lanes]) this.#endNow(lane, how);
  }

  stats(): PoolStats {
    let running = 0;
    let pending = this.#tally.queuedTasks;
    for (const lane of this.lanes) {
      const here = lane.running;
      running += here;
      pending += lane.unanswered - here;
    }
    for (const job of this.#jobs) pending += job.available;
    return { workers: this.#working, pending, running, ...this.#tally.ends, ...this.#tally.times };
  }

  // What futures ask --------------------------------------------------------------------------------------------------

  cancel(future: Future<unknown>, { force = false, reason }: CancelOptions): boolean {
    const task = future as Task;
    if (task.loan !== undefined && !task.loan.lane.revoke(task.loan, task.index))
      return force && this.#stops.cancel(task, reason);
    // It stays in the queue until its turn comes: taking it out would make cancelling all of them quadratic.
    if (task.loan === undefined) this.#tally.queuedTasks--;
    this.#end(task, "cancelled", () => task.setCancelled(reason));
    return true;
  }

  isRunning(future: Future<unknown>): boolean {
    const { loan, index } = future as Task;
    return loan?.lane.isRunning(loan, index) ?? false;
  }

  waitSync(future: Future<unknown>, timeout: number | undefined): void {
    this.blockUntil(() => future.done(), timeout);
  }

  /** Blocks this thread, handing messages on by hand, until the condition holds or the milliseconds are over. */
  blockUntil(condition: () => boolean, timeout: number | undefined): void {
    const end = timeout === undefined ? Number.POSITIVE_INFINITY : performance.now() + timeout;
    for (this.#flush(); !condition(); ) {
      let heard = false;
      for (const lane of [...this.lanes]) {
        for (
          let message = lane.host.receiveSync();
          message !== undefined;
          message = lane.host.receiveSync()
        ) {
          heard = true;
          this.#receive(lane, message);
        }
        const death = lane.host.deathSync();
        if (death !== undefined) this.#died(lane, death);
      }
      const left = end - performance.now();
      if (left <= 0) return;
      if (!heard && this.lanes.length > 0)
        this.options.kind.waitSync(
          this.lanes.map((lane) => lane.host),
          left,
        );
    }
  }

  // What works and jobs ask -------------------------------------------------------------------------------------------

  finished(task: Task, value: unknown): void {
    this.#end(task, "done", () => task.setResult(value));
  }

  failed(task: Task, error: unknown): void {
    this.#end(task, "failed", () => task.setException(error));
  }

  began(task: Task): void {
    this.#stops.began(task);
  }

  requeue(task: Task): void {
    task.loan = undefined;
    this.#tally.queuedTasks++;
    this.#queue.addFirst(task);
  }

  enqueue(job: MapJob, first: boolean): void {
    this.#queue.addJob(job, first);
    this.#flushSoon();
  }

  abandon(job: MapJob): void {
    // What comes back of this job is dropped by it; what comes back of others is queued again.
    for (const lane of this.lanes)
      if (lane.loans.some(({ work }) => work.entry === job.entry)) lane.takeBack(largestBatch * 2);
    this.#flushSoon();
  }

  count(done: number, failed: number): void {
    this.#tally.end("done", done);
    this.#tally.end("failed", failed);
  }

  ended(job: MapJob): void {
    if (!this.#jobs.delete(job)) return;
    this.#release(job.entry);
    this.#flushSoon();
  }

  // The loop ----------------------------------------------------------------------------------------------------------

  /** Workers that take work, now or when they are up. */
  get #working(): number {
    let count = 0;
    for (const lane of this.lanes) if (lane.state === "starting" || lane.state === "up") count++;
    return count;
  }

  get #unfinished(): boolean {
    return this.#tally.unfinishedTasks > 0 || this.#jobs.size > 0;
  }

  get #gone(): boolean {
    return this.lanes.length === 0 && !this.#unfinished;
  }

  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      if (this.#flushing) this.#flush();
    });
  }

  #flush(): void {
    this.#flushing = false;
    this.#sites.turn();
    this.#tally.turn();
    this.#fill();
    if (this.#state !== "open" && !this.#unfinished) this.#leave();
  }

  /** Lends what is queued: to idle workers, to new ones, then a second batch to each, so that none waits for us. */
  #fill(): void {
    if (this.#broken !== undefined) return;
    this.#lendTo(this.lanes, 0);
    while (this.#working < this.options.maxWorkers && !this.#queue.empty)
      this.#lendTo([this.#startLane()], 0);
    this.#lendTo(this.lanes, 1);
    if (this.#queue.empty)
      for (const lane of this.lanes) if (lane.idle && lane.takes && !this.#takeFromBusiest()) return;
  }

  #lendTo(lanes: readonly Lane[], ahead: number): void {
    for (const lane of lanes) {
      while (lane.takes && lane.loans.length <= ahead) {
        const limit = this.options.maxTasksPerWorker;
        const work = this.#queue.draw(
          Math.min(lane.room, largestBatch, (limit ?? Number.POSITIVE_INFINITY) - lane.lent),
          lane,
        );
        if (work === undefined) break;
        this.#lend(work, lane);
        if (limit !== undefined && lane.lent >= limit) lane.state = "retiring";
      }
    }
  }

  #lend(work: Work, lane: Lane): void {
    lane.idleTimer = clearTimeout(lane.idleTimer) as undefined;
    try {
      const loan = lane.lend(work);
      if (!(work instanceof Calls)) return;
      work.tasks.forEach((task, index) => {
        task.loan = loan;
        task.index = index;
        this.#tally.waited(task.submitted);
      });
      this.#tally.queuedTasks -= work.count;
    } catch (error) {
      if (work instanceof Calls) this.#tally.queuedTasks -= work.count;
      // Structured clone refused the message: each call is tried alone, and the one that is at fault fails.
      if (work.count === 1) {
        work.fail(0, uncloneable(error, work.nameOf(0)));
        work.settled();
        return;
      }
      work.giveBack(Array.from({ length: work.count }, (_, index) => index));
      for (const entry of work.functions) entry.cost = Number.POSITIVE_INFINITY;
    }
  }

  /** A worker has nothing to do and nothing is queued: half of what waits behind the busiest is queued again for it. */
  #takeFromBusiest(): boolean {
    let busiest: Lane | undefined;
    for (const lane of this.lanes)
      if (lane.unanswered > 1 && lane.unanswered > (busiest?.unanswered ?? 0)) busiest = lane;
    if (busiest === undefined || busiest.takeBack(Math.ceil(busiest.unanswered / 2)) === 0) return false;
    this.#lendTo(this.lanes, 0);
    return true;
  }

  #startLane(): Lane {
    const { kind, initializer: _, ...options } = this.options;
    const lane = new Lane(this.#nextWorker++, kind.sharesMemory);
    const events = {
      message: (message: FromWorker) => this.#receive(lane, message),
      exit: (death: HostDeath) => this.#died(lane, death),
    };
    lane.attach(kind.start({ ...options, workerId: lane.workerId }, events));
    this.lanes.push(lane);
    if (this.#initializer !== undefined)
      lane.host.post({ kind: "init", ref: this.#initializer.ref, args: this.#initargs });
    return lane;
  }

  #receive(lane: Lane, message: FromWorker): void {
    switch (message.kind) {
      case "up":
        if (lane.state === "starting") lane.state = "up";
        break;
      case "results": {
        this.#fruitless = 0;
        const { values, microseconds } = message;
        if (values.length > 0) this.#tally.ran(microseconds / values.length, values.length);
        if (lane.settle(message)) this.#becameIdle(lane);
        break;
      }
      case "began": {
        const task = lane.taskOf(message.id, message.index);
        if (task !== undefined) this.#stops.began(task);
        break;
      }
      case "init-failed":
        this.#break(
          new BrokenProcessPool("A process initializer failed, the process pool is not usable anymore", {
            cause: unpackErrorSync(message.error),
          }),
        );
        break;
    }
    this.#flushSoon();
  }

  #becameIdle(lane: Lane): void {
    if (lane.state === "retiring") {
      this.#endSoftly(lane);
      return;
    }
    const { idleTimeout } = this.options;
    if (idleTimeout === undefined) return;
    lane.idleTimer = setTimeout(() => this.#endSoftly(lane), idleTimeout);
    lane.idleTimer.unref();
  }

  #died(lane: Lane, death: HostDeath): void {
    if (lane.state === "dead") return;
    const circumstances = {
      lane,
      death,
      fruitless: this.#fruitless,
      onWorkerCrash: this.options.onWorkerCrash,
    };
    const idle = lane.idle;
    const { started, running, unbegun } = lane.bury();
    const verdict = judge({ ...circumstances, started, guilty: running.length > 0 });
    this.#fruitless = running.length > 0 || lane.expected ? 0 : this.#fruitless + 1;
    this.lanes.splice(this.lanes.indexOf(lane), 1);
    clearTimeout(lane.idleTimer);
    for (const [{ work }, indexes] of [...unbegun].reverse()) work.giveBack(indexes);
    for (const [{ work }, index] of running) {
      work.fail(index, taskDied(lane, death, work.nameOf(index)));
      work.settled();
    }
    if (verdict.kind === "break") this.#break(verdict.error);
    else if (idle && !lane.expected)
      process.emitWarning(`${wording(lane, death)} while it had nothing to do`, {
        type: "WorkerWarning",
        code: "CF_IDLE_WORKER_DIED",
      });
    this.#flushSoon();
    if (this.#gone && this.#state !== "open") for (const resolve of this.#whenGone.splice(0)) resolve();
  }

  #break(error: BrokenProcessPool): void {
    if (this.#broken !== undefined) return;
    this.#broken = error;
    this.#state = checkPoolTransition(this.#state, "broken");
    for (const lane of [...this.lanes]) {
      for (const [{ work }, index] of lane.abandonAll()) work.fail(index, this.#brokenError());
      this.#endNow(lane, "terminate");
    }
    for (const task of this.#queue.takeTasks()) {
      this.#tally.queuedTasks--;
      this.failed(task, this.#brokenError());
    }
    for (const job of this.#jobs) job.break(this.#brokenError());
  }

  /** One error for each who meets it: a shared one would collect everybody's changes. */
  #brokenError(): BrokenProcessPool {
    const { message, cause, worker } = this.#broken as BrokenProcessPool;
    return new BrokenProcessPool(message, { cause, ...(worker && { worker }) });
  }

  #cancelQueued(): void {
    for (const lane of this.lanes) lane.takeBack(Number.POSITIVE_INFINITY);
    for (const task of this.#queue.takeTasks()) this.cancel(task, {});
    for (const job of [...this.#jobs]) job.cancel();
  }

  #end(task: Task, how: TaskEnd, settle: () => void): void {
    if (task.done()) return;
    this.#tally.unfinishedTasks--;
    this.#release(task.entry);
    if (this.#stops.ended(task)) this.#tally.end(task.cancelled() ? "cancelled" : "failed");
    else {
      this.#tally.end(how);
      settle();
    }
    task.args = [];
    if (this.#state !== "open") this.#flushSoon();
  }

  #release(entry: FunctionEntry): void {
    entry.users--;
    if (entry.transient && entry.users === 0) for (const lane of this.lanes) lane.forget(entry);
  }

  /** All is done: the workers may go. */
  #leave(): void {
    for (const lane of [...this.lanes]) if (lane.idle) this.#endSoftly(lane);
    if (this.#gone) for (const resolve of this.#whenGone.splice(0)) resolve();
  }

  /** An idle worker leaves by itself, with its exit handlers; one that does not is ended. */
  #endSoftly(lane: Lane): void {
    if (lane.expected) return;
    lane.expected = true;
    lane.state = "retiring";
    lane.host.ref();
    lane.host.post({ kind: "end" });
    lane.idleTimer = setTimeout(() => lane.host.kill(), leavingTime);
  }

  #endNow(lane: Lane, how: "terminate" | "kill"): void {
    lane.expected = true;
    lane.host.ref();
    lane.host[how]();
  }
}
