import type { CallableRef } from "@concurrent-futures/callable";
import type { AnyFunction, BrokenProcessPool } from "@concurrent-futures/core";
import type { CheckedMessage } from "../host/check-message.ts";
import type { HostDeath, HostKind, HostOptions } from "../host/worker-host.ts";
import type { WorkerOutputOption } from "../output.ts";
import type { LostWork } from "./collect-results.ts";
import type { WorkerHandle } from "./worker-handle.ts";

/** How the workers of a pool are started and kept. */
export interface WorkerPoolOptions extends Omit<HostOptions, "workerId"> {
  readonly kind: HostKind;
  readonly maxWorkers: number;
  readonly onWorkerCrash: "replace" | "break";
  readonly idleTimeout: number | undefined;
  /** Whether results may bring code along. */
  readonly resultFunctions?: boolean | undefined;
  /** How many calls may be under way in a worker at a time. */
  readonly tasksPerWorker?: number | undefined;
  /** What becomes of that which workers print. */
  readonly output?: WorkerOutputOption | undefined;
  /** Called in each worker that leaves by itself. */
  readonly finalizer?: AnyFunction | undefined;
}

/** What a scheduler is made of. */
export interface SchedulerOptions extends WorkerPoolOptions {
  readonly initializer: AnyFunction | undefined;
  readonly initargs: readonly unknown[];
  readonly maxTasksPerWorker: number | undefined;
}

/** Run in each worker before anything else. */
export interface Initializer {
  readonly name: string;
  readonly ref: CallableRef;
  readonly args: readonly unknown[];
}

/** What the scheduler hears of its workers. */
export interface WorkerPoolEvents {
  /** How many calls have ended. */
  ended(): number;
  /** Whether calls are still taken. */
  isOpen(): boolean;
  /** Workers can be started that could not be until now. */
  mayStart(): void;
  message(handle: WorkerHandle, message: CheckedMessage): void;
  /** A worker is being started: what it needs before its initializer can be sent. */
  starting(handle: WorkerHandle): void;
  /** A worker has died; with an error when that breaks the pool. */
  died(
    handle: WorkerHandle,
    death: HostDeath,
    lostWork: LostWork,
    broken: BrokenProcessPool | undefined,
  ): void;
}
