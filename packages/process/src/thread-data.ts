import type { Parent } from "./identity.ts";
import type { Slots } from "./slots.ts";

/** What the two ends of a worker thread share besides messages. */
export interface ThreadData {
  readonly slots: Slots;
  /** Where the worker writes results down (`results/log-layout.ts`). */
  readonly resultLog: SharedArrayBuffer;
  /** Counted up, and its waiters woken, whenever any worker of the pool has sent something. */
  readonly wakeWord: Int32Array;
  /** Counted up, and its waiter woken, whenever the host has sent something. */
  readonly outgoingCount: Int32Array;
  /** First word: 0 starting, 1 the entry listens for its port, 2 leaving. Second: the exit code. */
  readonly startPhase: Int32Array;
  /** The memory of its `ModuleLoadLock`. */
  readonly loadLock: SharedArrayBuffer;
  readonly workerId: number;
  readonly parent: Parent;
}

export const phaseListening = 1;
export const phaseLeaving = 2;
