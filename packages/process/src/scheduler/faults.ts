import { BrokenProcessPool, type WorkerDeath } from "@concurrent-futures/core";
import type { HostDeath } from "../host/worker-host.ts";
import type { Lane } from "./lane.ts";

/**
 * What a dead worker costs: the one place that decides. The rule is that one bad call costs one call. What was running
 * fails, what had not begun runs elsewhere; the pool goes on unless it was made to break, or could never work.
 */
export type Verdict =
  | { readonly kind: "go on" }
  | { readonly kind: "break"; readonly error: BrokenProcessPool };

/**
 * So many workers may die in a row without having finished or begun a call. More, and the calls would go from worker
 * to dying worker for ever.
 */
const fruitlessDeathsAllowed = 3;

/** What is asked about a death. */
export interface Circumstances {
  readonly lane: Lane;
  readonly death: HostDeath;
  /** Whether it had ever come up. */
  readonly started: boolean;
  /** Whether it was running calls. */
  readonly guilty: boolean;
  /** Deaths in a row before this one without a call begun or finished. */
  readonly fruitless: number;
  readonly onWorkerCrash: "replace" | "break";
}

/** Judges a death. */
export function judge({ lane, death, started, guilty, fruitless, onWorkerCrash }: Circumstances): Verdict {
  if (lane.expected) return { kind: "go on" };
  const worker = deathOf(lane, death);
  const cause = { cause: causeOf(lane, death), worker };
  if (!started && !guilty) {
    return {
      kind: "break",
      error: new BrokenProcessPool(`A worker could not be started: ${wording(lane, death)}`, cause),
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
  if (fruitless >= fruitlessDeathsAllowed) {
    return {
      kind: "break",
      error: new BrokenProcessPool(
        `${fruitless + 1} workers died in a row without finishing a task; the last: ${wording(lane, death)}`,
        cause,
      ),
    };
  }
  return { kind: "go on" };
}

/** The error of the call that a dead worker was running. */
export function taskDied(lane: Lane, death: HostDeath, task: string): BrokenProcessPool {
  return new BrokenProcessPool(
    `The worker died while it ran \`${task}\`: ${wording(lane, death)}. Only this task is lost.`,
    {
      cause: causeOf(lane, death),
      worker: deathOf(lane, death, task),
    },
  );
}

/** The error of a pool whose initializer threw. */
export function initializerFailed(cause: unknown): BrokenProcessPool {
  return new BrokenProcessPool("A process initializer failed, the process pool is not usable anymore", {
    cause,
  });
}

/** How a death is worded, with the exit code or signal. */
export function wording(lane: Lane, { exitCode, signal, error }: HostDeath): string {
  const how =
    signal !== null ? ` with signal ${signal}` : exitCode !== null ? ` with exit code ${exitCode}` : "";
  return `worker ${lane.workerId} terminated abruptly${how}${error === undefined ? "" : ` (${errorText(error)})`}`;
}

function causeOf(lane: Lane, death: HostDeath): unknown {
  return death.error ?? new Error(wording(lane, death));
}

function deathOf(lane: Lane, { exitCode, signal }: HostDeath, task?: string): WorkerDeath {
  return { workerId: lane.workerId, exitCode, signal, ...(task !== undefined && { task }) };
}

function errorText(error: unknown): string {
  const { message } = error as { message?: unknown };
  return typeof message === "string" ? message : String(error);
}
