import type { CallableRef } from "@concurrent-futures/callable";
import type { BrokenProcessPool } from "@concurrent-futures/core";
import type { HostDeath, HostKind, HostOptions } from "../host/worker-host.ts";
import type { FromWorker } from "../wire.ts";
import { judge, wording } from "./faults.ts";
import { Lane, type Remains } from "./lane.ts";

/** How the workers of a pool are started and kept. */
export interface WorkforceOptions extends Omit<HostOptions, "workerId"> {
  readonly kind: HostKind;
  readonly maxWorkers: number;
  readonly onWorkerCrash: "replace" | "break";
  readonly idleTimeout: number | undefined;
}

/** Run in each worker before anything else. */
export interface Initializer {
  readonly ref: CallableRef;
  readonly args: readonly unknown[];
}

/** What the scheduler hears of its workers. */
export interface WorkforceEvents {
  message(lane: Lane, message: FromWorker): void;
  /** A worker has died; with an error when that breaks the pool. */
  died(lane: Lane, death: HostDeath, remains: Remains, broken: BrokenProcessPool | undefined): void;
}

/** How long a worker that was told to leave may take, in milliseconds: its exit handlers run then. */
const leavingTime = 1_000;

/**
 * How often, in milliseconds, a blocked thread looks whether a worker has died without a word, as one out of memory does.
 * The look itself takes 0.4 us per worker, which a wait for a short task would feel.
 */
const lookCloserAfter = 50;

/** The workers of a pool: who starts them, ends them, and notices when one is gone. */
export class Workforce {
  readonly lanes: Lane[] = [];
  readonly #options: WorkforceOptions;
  readonly #initializer: Initializer | undefined;
  readonly #events: WorkforceEvents;
  #nextWorker = 1;
  // Workers that have died in a row without a call to show for it.
  #fruitless = 0;

  constructor(options: WorkforceOptions, initializer: Initializer | undefined, events: WorkforceEvents) {
    this.#options = options;
    this.#initializer = initializer;
    this.#events = events;
  }

  /** Workers that take work, now or when they are up. */
  get working(): number {
    let count = 0;
    for (const lane of this.lanes) if (lane.state === "starting" || lane.state === "up") count++;
    return count;
  }

  /** Workers that have been started and have nothing to do yet. */
  get expected(): number {
    let count = 0;
    for (const lane of this.lanes) if (lane.state === "starting" && lane.idle) count++;
    return count;
  }

  get full(): boolean {
    return this.working >= this.#options.maxWorkers;
  }

  start(): Lane {
    const { kind, resourceLimits, env, execArgv } = this.#options;
    const lane = new Lane(this.#nextWorker++, kind.sharesMemory);
    const events = {
      message: (message: FromWorker) => this.receive(lane, message),
      exit: (death: HostDeath) => this.died(lane, death),
    };
    lane.attach(kind.start({ resourceLimits, env, execArgv, workerId: lane.workerId }, events));
    this.lanes.push(lane);
    // What takes nothing before it is up is waited for with work in the queue: that keeps this process alive.
    if (!kind.sharesMemory) lane.host.ref();
    if (this.#initializer !== undefined) lane.host.post({ kind: "init", ...this.#initializer });
    return lane;
  }

  receive(lane: Lane, message: FromWorker): void {
    if (message.kind === "up" && lane.state === "starting") {
      lane.state = "up";
      if (lane.idle) lane.host.unref();
    }
    if (message.kind === "results") this.#fruitless = 0;
    this.#events.message(lane, message);
  }

  died(lane: Lane, death: HostDeath): void {
    if (lane.state === "dead") return;
    const { idle, expected } = lane;
    const remains = lane.bury(death);
    const guilty = remains.running.length > 0;
    const verdict = judge({
      lane,
      death,
      started: remains.started,
      guilty,
      fruitless: this.#fruitless,
      onWorkerCrash: this.#options.onWorkerCrash,
    });
    this.#fruitless = guilty || expected ? 0 : this.#fruitless + 1;
    this.lanes.splice(this.lanes.indexOf(lane), 1);
    clearTimeout(lane.timer);
    if (verdict.kind === "go on" && idle && !expected) {
      process.emitWarning(`${wording(lane, death)} while it had nothing to do`, {
        type: "WorkerWarning",
        code: "CF_IDLE_WORKER_DIED",
      });
    }
    this.#events.died(lane, death, remains, verdict.kind === "break" ? verdict.error : undefined);
  }

  /** A worker has nothing left to do: it may rest, or its time is up. */
  becameIdle(lane: Lane): void {
    if (lane.state === "retiring") this.endSoftly(lane);
    else if (this.#options.idleTimeout !== undefined) {
      lane.timer = setTimeout(() => this.endSoftly(lane), this.#options.idleTimeout);
      lane.timer.unref();
    }
  }

  /** An idle worker leaves by itself, with its exit handlers; one that does not is ended. */
  endSoftly(lane: Lane): void {
    if (lane.expected) return;
    lane.expected = true;
    lane.state = "retiring";
    lane.host.ref();
    lane.host.post({ kind: "end" });
    clearTimeout(lane.timer);
    lane.timer = setTimeout(() => lane.host.kill(), leavingTime);
  }

  /** Ends a worker, whatever it does. */
  endNow(lane: Lane, how: "terminate" | "kill"): void {
    lane.expected = true;
    lane.host.ref();
    lane.host[how]();
  }

  /**
   * Blocks this thread, handing messages on by hand, until the condition holds or the milliseconds are over. A worker
   * that dies meanwhile is noticed: nobody waits for ever for what it was doing.
   */
  blockUntil(condition: () => boolean, timeout: number | undefined): void {
    let now = performance.now();
    const end = now + (timeout ?? Number.POSITIVE_INFINITY);
    let nextLook = now + lookCloserAfter;
    while (!condition()) {
      const closer = now >= nextLook;
      if (closer) nextLook = now + lookCloserAfter;
      const heard = this.#receiveAll(closer);
      if (now >= end) return;
      if (!heard && this.lanes.length > 0) {
        const hosts = this.lanes.map((lane) => lane.host);
        this.#options.kind.waitSync(hosts, end - now);
      }
      now = performance.now();
    }
  }

  /** Hands on what has arrived, and who has died. True if there was anything. */
  #receiveAll(lookCloser: boolean): boolean {
    let heard = false;
    for (const lane of [...this.lanes]) {
      const death = lane.host.deathSync(lookCloser);
      for (let message = lane.host.receiveSync(); message; message = lane.host.receiveSync()) {
        heard = true;
        this.receive(lane, message);
      }
      if (death === undefined) continue;
      heard = true;
      this.died(lane, death);
    }
    return heard;
  }
}
