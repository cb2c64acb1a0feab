import { BrokenProcessPool, type WorkerDeath } from "@concurrent-futures/core";
import type { HostDeath } from "../host/worker-host.ts";
import type { WorkerHandle } from "./worker-handle.ts";

/**
 * What a dead worker costs: the one place that decides. The rule is that one bad call costs one call. What was running
 * fails, what had not begun runs elsewhere; the pool goes on unless it was made to break, or could never work.
 */
export type CrashDecision =
  | { readonly kind: "continue" }
  | { readonly kind: "break"; readonly error: BrokenProcessPool };

/**
 * This many workers may die in a row without having finished or begun a call. More, and the calls would go from worker
 * to dying worker forever.
 */
const startFailuresAllowed = 3;

/** How often a start is tried before the pool is given up: what only fails once, as for want of a descriptor, costs nothing. */
const startAttempts = 3;

/** What is asked about a death. */
export interface WorkerDeathInfo {
  readonly handle: WorkerHandle;
  readonly death: HostDeath;
  /** Whether it had ever come up. */
  readonly started: boolean;
  /** Whether it was running calls. */
  readonly wasRunning: boolean;
  /** Whether other workers of the pool are up. */
  readonly hasOthers: boolean;
  /** Deaths in a row before this one without a call begun or finished. */
  readonly consecutiveStartFailures: number;
  readonly onWorkerCrash: "replace" | "break";
}

/** Decides what a death costs. */
export function decideOnDeath({
  handle,
  death,
  started,
  wasRunning,
  hasOthers,
  consecutiveStartFailures,
  onWorkerCrash,
}: WorkerDeathInfo): CrashDecision {
  if (handle.exitExpected) return { kind: "continue" };
  const worker = deathOf(handle, death);
  const cause = { cause: causeOf(handle, death), worker };
  if (!started && !wasRunning) {
    const isRetried = hasOthers || consecutiveStartFailures + 1 < startAttempts;
    if (isRetried && onWorkerCrash === "replace") return { kind: "continue" };
    return {
      kind: "break",
      error: new BrokenProcessPool(`A worker could not be started: ${describeDeath(handle, death)}`, cause),
    };
  }
  if (onWorkerCrash === "break") {
    return {
      kind: "break",
      error: new BrokenProcessPool(
        "A process in the process pool was terminated abruptly while the future was running or pending.",
        cause,
      ),
    };
  }
  if (consecutiveStartFailures >= startFailuresAllowed) {
    return {
      kind: "break",
      error: new BrokenProcessPool(
        `${consecutiveStartFailures + 1} workers died in a row without finishing a task; the last: ${describeDeath(handle, death)}`,
        cause,
      ),
    };
  }
  return { kind: "continue" };
}

/** The error of the call that a dead worker was running. */
export function taskDied(handle: WorkerHandle, death: HostDeath, task: string): BrokenProcessPool {
  return new BrokenProcessPool(
    `The worker died while it ran \`${task}\`: ${describeDeath(handle, death)}. Only this task is lost.`,
    {
      cause: causeOf(handle, death),
      worker: deathOf(handle, death, task),
    },
  );
}

/** The error of a call that was under way when its whole pool was ended by force; `by` names the method. */
export function poolTerminated(
  handle: WorkerHandle,
  { exitCode, signal }: HostDeath,
  task: string,
  by: string,
): BrokenProcessPool {
  return new BrokenProcessPool(`\`${task}\` was lost: ${by} ended its pool, with all its running calls.`, {
    worker: deathOf(handle, { exitCode, signal }, task),
  });
}

/** The error of a call that had run, and whose result was lost with its worker. */
export function resultLostError(handle: WorkerHandle, death: HostDeath, task: string): BrokenProcessPool {
  return new BrokenProcessPool(
    `\`${task}\` ran, its result was lost: ${describeDeath(handle, death)} before the result was sent. It is not run again.`,
    { cause: causeOf(handle, death), worker: deathOf(handle, death, task) },
  );
}

/** The error of a pool whose initializer threw. */
export function initializerFailed(cause: unknown): BrokenProcessPool {
  return new BrokenProcessPool("A process initializer failed, the process pool is not usable anymore", {
    cause,
  });
}

/** How a death is worded, with the exit code or signal. */
export function describeDeath(handle: WorkerHandle, { exitCode, signal, error, stuck }: HostDeath): string {
  if (stuck === true)
    return `worker ${handle.workerId} could not be ended: it is inside native code or a synchronous system call`;
  const how =
    signal !== null ? ` with signal ${signal}` : exitCode !== null ? ` with exit code ${exitCode}` : "";
  const why = error === undefined ? "" : ` (${errorText(error)})`;
  const when =
    handle.initializing === undefined ? "" : ` while it ran the initializer \`${handle.initializing}\``;
  return `worker ${handle.workerId} terminated abruptly${how}${why}${when}`;
}

function causeOf(handle: WorkerHandle, death: HostDeath): unknown {
  if (death.error !== undefined) return death.error;
  const lastWords = death.stderr === undefined ? "" : `; it wrote:\n${death.stderr}`;
  return new Error(describeDeath(handle, death) + lastWords);
}

function deathOf(handle: WorkerHandle, { exitCode, signal }: HostDeath, task?: string): WorkerDeath {
  return { workerId: handle.workerId, exitCode, signal, ...(task !== undefined && { task }) };
}

function errorText(error: unknown): string {
  const { message } = error as { message?: unknown };
  return typeof message === "string" ? message : String(error);
}
