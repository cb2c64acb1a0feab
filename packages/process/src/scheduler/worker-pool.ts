import { type CallableRef, describe } from "@concurrent-futures/callable";
import { Deadline } from "@concurrent-futures/core/deadline";
import type { CheckedMessage } from "../host/check-message.ts";
import type { HostDeath } from "../host/worker-host.ts";
import type { LeftMessage } from "../wire.ts";
import { collectLostWork, collectResults } from "./collect-results.ts";
import { ExitResults } from "./exit-results.ts";
import { decideOnDeath, describeDeath } from "./faults.ts";
import { pollInterval } from "./result-poll.ts";
import { StartHold } from "./start-hold.ts";
import type { WorkerActivity } from "./worker-activity.ts";
import { WorkerHandle } from "./worker-handle.ts";
import { defaultOutput, WorkerOutput } from "./worker-output.ts";
import type { Initializer, WorkerPoolEvents, WorkerPoolOptions } from "./worker-pool-options.ts";

/** How long, in milliseconds, a pool with working workers waits after a start that failed: what was short may be free then. */
const startPause = 1_000;

/** How long a worker that was told to leave may take, in milliseconds: its exit handlers run then. */
const exitTimeout = 1_000;

/**
 * How often, in milliseconds, a blocked thread looks whether a worker has died without a word, as one out of memory does.
 * The look itself takes 0.4 us per worker, which a wait for a short task would feel.
 */
const lookCloserAfter = 50;

/** The workers of a pool: starts them, ends them, and notices when one is gone. */
export class WorkerPool {
  readonly handles: WorkerHandle[] = [];
  readonly #options: WorkerPoolOptions;
  readonly #initializer: Initializer | undefined;
  readonly #activity: WorkerActivity;
  readonly #events: WorkerPoolEvents;
  readonly #finalizer: CallableRef | undefined;
  readonly exitResults: ExitResults;
  /** Where that goes which workers print; undefined where it does not come here. */
  readonly output: WorkerOutput | undefined;
  readonly #startHold: StartHold;
  /** All workers are to be there, whether there is work or not. */
  #eager = false;
  #nextWorker = 1;
  // Workers that have died in a row without a call to show for it.
  #consecutiveStartFailures = 0;
  // After a start that failed, while other workers work: when the next is tried.
  #startPause: Deadline | undefined;

  constructor(
    options: WorkerPoolOptions,
    initializer: Initializer | undefined,
    activity: WorkerActivity,
    events: WorkerPoolEvents,
  ) {
    this.#options = options;
    this.#initializer = initializer;
    this.#activity = activity;
    this.#events = events;
    this.#startHold = new StartHold(initializer !== undefined, events.ended, () => {
      if (this.#eager && events.isOpen()) this.startAll();
      // For each call that waits behind another, which is taken back for it.
      else for (const { unanswered } of [...this.handles]) this.#start(unanswered - 1);
      events.mayStart();
    });
    const { finalizer, kind, resultFunctions = false, output = defaultOutput(kind.name) } = options;
    this.output = output === "inherit" ? undefined : new WorkerOutput(output);
    // Described now, as an initializer is.
    this.#finalizer = finalizer && describe(finalizer, kind.name);
    this.exitResults = new ExitResults(resultFunctions);
  }

  /** Workers that take work, now or when they are up. */
  get activeCount(): number {
    let count = 0;
    for (const handle of this.handles) if (handle.state === "starting" || handle.state === "up") count++;
    return count;
  }

  /** Workers that have been started and have nothing to do yet. */
  get startingIdle(): number {
    let count = 0;
    for (const handle of this.handles) if (handle.state === "starting" && handle.idle) count++;
    return count;
  }

  /** Workers that could be started. */
  get unstarted(): number {
    return this.full ? 0 : this.#options.maxWorkers - this.activeCount;
  }

  get full(): boolean {
    const { activeCount } = this;
    if (activeCount >= this.#options.maxWorkers || this.#startHold.holds(activeCount)) return true;
    return activeCount > 0 && this.#startPause?.passed === false;
  }

  /** Starts all workers; those beyond the processors when the first are up. */
  startAll(): void {
    this.#eager = true;
    this.#start(Number.POSITIVE_INFINITY);
  }

  #start(count: number): void {
    for (let started = 0; started < count && !this.full; started++) this.start();
  }

  start(): WorkerHandle {
    const { kind, resourceLimits, env, execArgv } = this.#options;
    const handle = new WorkerHandle(
      this.#nextWorker++,
      kind.sharesMemory,
      this.#options.resultFunctions ?? false,
      this.#options.tasksPerWorker ?? 1,
    );
    const events = {
      message: (message: CheckedMessage) => this.#events.message(handle, message),
      exit: (death: HostDeath) => this.died(handle, death),
    };
    // Shown to the terminal by the process itself, until one could not be started: then the reason is to be in the error.
    const keepStderr = this.#consecutiveStartFailures > 0;
    handle.attach(
      kind.start(
        {
          ...{ resourceLimits, env, execArgv, keepStderr },
          captureOutput: this.output !== undefined,
          workerId: handle.workerId,
        },
        events,
      ),
    );
    if (this.output !== undefined) handle.host.post({ kind: "capture-output" });
    this.handles.push(handle);
    this.#startHold.started();
    this.#activity.started(handle);
    // What takes nothing before it is up is waited for with work in the queue: that keeps this process alive.
    if (!kind.sharesMemory) handle.host.ref();
    const { tasksPerWorker = 1 } = this.#options;
    if (tasksPerWorker > 1) handle.host.post({ kind: "places", count: tasksPerWorker });
    this.#events.starting(handle);
    if (this.#initializer !== undefined) {
      const { ref, args } = this.#initializer;
      handle.host.post({ kind: "init", ref, args });
    }
    return handle;
  }

  /** It listens. */
  up(handle: WorkerHandle): void {
    this.#activity.up(handle, this.#initializer !== undefined);
    this.#startHold.up();
    if (handle.state !== "starting") return;
    handle.state = "up";
    handle.initializing = this.#initializer?.name;
    if (handle.idle) handle.host.unref();
  }

  /** @throws Error when no initializer of its own can have ended */
  checkInitializing(handle: WorkerHandle): void {
    if (this.#initializer === undefined || handle.initialized)
      throw new Error("The worker has sent the failure of an initializer that does not run");
  }

  initialized(handle: WorkerHandle): void {
    this.#activity.initialized(handle);
    handle.initializing = undefined;
    handle.initialized = true;
  }

  /** A worker has finished calls: workers can be started. */
  heardFrom(): void {
    this.#consecutiveStartFailures = 0;
  }

  /** What it does while it exits takes as long as it takes; its exit handlers have little time again. */
  leaving(handle: WorkerHandle): void {
    if (handle.exitExpected) handle.stopTimer?.();
  }

  left(handle: WorkerHandle, message: LeftMessage): void {
    if (!handle.exitExpected) return;
    this.exitResults.add(handle, message);
    this.#killSoon(handle);
  }

  died(handle: WorkerHandle, death: HostDeath): void {
    if (handle.state === "dead") return;
    const { idle, exitExpected } = handle;
    const lostWork = collectLostWork(handle, death);
    this.#activity.died(handle, lostWork, death, exitExpected);
    this.output?.ended(handle.workerId);
    this.#startHold.died();
    const wasRunning = lostWork.running.length + lostWork.resultLost.length > 0;
    if (lostWork.hasReturned) this.#consecutiveStartFailures = 0;
    const decision = decideOnDeath({
      handle,
      death,
      started: lostWork.started,
      wasRunning,
      hasOthers: this.handles.some((other) => other !== handle && other.state === "up"),
      consecutiveStartFailures: this.#consecutiveStartFailures,
      onWorkerCrash: this.#options.onWorkerCrash,
    });
    this.#consecutiveStartFailures = wasRunning || exitExpected ? 0 : this.#consecutiveStartFailures + 1;
    this.handles.splice(this.handles.indexOf(handle), 1);
    handle.stopTimer?.();
    if (decision.kind === "continue" && !exitExpected && !wasRunning) {
      if (!lostWork.started) {
        this.#startPause = new Deadline(startPause);
        warn(
          `${describeDeath(handle, death)} before it was ready; it is started again`,
          "CF_WORKER_NOT_STARTED",
        );
      } else if (idle) warn(`${describeDeath(handle, death)} while it was idle`, "CF_IDLE_WORKER_DIED");
    }
    this.#events.died(handle, death, lostWork, decision.kind === "break" ? decision.error : undefined);
  }

  /** A worker has nothing left to do: it may rest, or its time is up. */
  becameIdle(handle: WorkerHandle): void {
    if (handle.state === "retiring") this.retire(handle);
    else if (this.#options.idleTimeout !== undefined) {
      const retire = (): void => this.retire(handle);
      handle.stopTimer = new Deadline(this.#options.idleTimeout).whenPassed(retire, { keepAlive: false });
    }
  }

  /** An idle worker leaves by itself, with its exit handlers; one that does not is ended. */
  retire(handle: WorkerHandle): void {
    if (handle.exitExpected) return;
    handle.exitExpected = true;
    this.#activity.leaving(handle);
    handle.state = "retiring";
    handle.host.ref();
    handle.host.post({ kind: "end", finalizer: this.#finalizer });
    this.#killSoon(handle);
  }

  #killSoon(handle: WorkerHandle): void {
    handle.stopTimer?.();
    const kill = (): void => handle.host.kill();
    handle.stopTimer = new Deadline(exitTimeout).whenPassed(kill, { runningTimeOnly: true });
  }

  /** Ends a worker, whatever it does. */
  endNow(handle: WorkerHandle, how: "terminate" | "kill"): void {
    handle.exitExpected = true;
    this.#activity.leaving(handle);
    handle.host.ref();
    handle.host[how]();
  }

  /**
   * Blocks this thread, handing messages on by hand, until the condition holds or the milliseconds are over. A worker
   * that dies meanwhile is noticed: nobody waits forever for what it was doing.
   */
  blockUntil(condition: () => boolean, timeout: number | undefined): void {
    let now = performance.now();
    const end = now + (timeout ?? Number.POSITIVE_INFINITY);
    let nextLook = now + lookCloserAfter;
    while (!condition()) {
      const closer = now >= nextLook;
      if (closer) nextLook = now + lookCloserAfter;
      this.#startHold.check();
      const heard = this.#receiveAll(closer);
      const held = this.handles.filter((handle) => handle.mayHoldResults);
      if (!heard) for (const handle of held) collectResults(handle, true);
      if (condition()) return;
      if (now >= end) return;
      if (!heard && this.handles.length > 0) {
        const hosts = this.handles.map((handle) => handle.host);
        this.#options.kind.waitSync(
          hosts,
          Math.min(end - now, held.length > 0 ? pollInterval : Number.POSITIVE_INFINITY),
        );
      }
      now = performance.now();
    }
  }

  /** Hands on what has arrived, and who has died. True if there was anything. */
  #receiveAll(lookCloser: boolean): boolean {
    let heard = false;
    for (const handle of [...this.handles]) {
      const death = handle.host.deathSync(lookCloser);
      for (let message = handle.host.receiveSync(); message; message = handle.host.receiveSync()) {
        heard = true;
        this.#events.message(handle, message);
      }
      if (death === undefined) continue;
      heard = true;
      this.died(handle, death);
    }
    return heard;
  }
}

function warn(text: string, code: string): void {
  process.emitWarning(text, { type: "WorkerWarning", code });
}
