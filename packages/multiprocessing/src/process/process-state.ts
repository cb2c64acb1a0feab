import type { AnyFunction } from "@concurrent-futures/core";
import type { StartMethod } from "../start-method.ts";
import type { ProcessLifecycle } from "./process-lifecycle.ts";
import type { ProcessOutput } from "./process-output.ts";

/**
 * What a process is made of. It lies beside the object: in the child, and for `currentProcess()`, a process is made without
 * its constructor, which takes what a user gives and nothing else.
 */
export interface ProcessState {
  readonly lifecycle: ProcessLifecycle;
  readonly target: AnyFunction | undefined;
  readonly args: readonly unknown[];
  readonly path: readonly number[];
  /** The start method that was asked for. */
  readonly method?: StartMethod | undefined;
  /** What becomes of what it prints; known where it was made. */
  readonly output?: ProcessOutput;
  name: string;
  daemon: boolean;
  authkey?: Uint8Array;
}

const states = new WeakMap<object, ProcessState>();

/** Makes an object a process. */
export function setProcessState(process: object, state: ProcessState): void {
  states.set(process, state);
}

/** What a process is made of. @throws TypeError for anything else */
export function processState(process: object): ProcessState {
  const state = states.get(process);
  if (state === undefined) throw new TypeError("This is not a Process, or its constructor has not run yet.");
  return state;
}
