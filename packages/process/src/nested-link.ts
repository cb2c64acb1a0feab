import type { CallableRef } from "@concurrent-futures/callable";
import { nestedLink as key } from "@concurrent-futures/core/keys";
import type { NestedOptions } from "./wire-nested.ts";

/** How a nested call ended. `refused`: it cannot be sent. Other values and errors are in their travelling form. */
export type NestedEnd = "done" | "failed" | "cancelled" | "refused";

/** A call that a task submits to an executor of its pool's side. */
export interface NestedCallRequest {
  /** The executor, as its handle names it. */
  readonly pool: string;
  readonly ref: CallableRef;
  readonly args: readonly unknown[];
  readonly options: NestedOptions | undefined;
  /** What it takes along besides, the first outermost. */
  readonly carried: readonly CarriedRef[] | undefined;
  /** Called once. */
  settle(how: NestedEnd, value: unknown): void;
}

/** A function that restores what a call takes along, and what it is given. */
export type CarriedRef = readonly [restore: CallableRef, value: string];

/** A call that was submitted. */
export interface NestedCallHandle {
  /** Whether its code has begun and has not ended. */
  readonly running: boolean;
  /** True when it will never run; with `force` also when it was told to stop, and its outcome is dropped. */
  cancel(force: boolean, reason: unknown): boolean;
}

/** A worker's line to the executors of its pool's side. */
export interface NestedLink {
  readonly sharesMemory: boolean;
  /** A handle of an executor has arrived. */
  opened(): void;
  submit(request: NestedCallRequest): NestedCallHandle;
}

/** A worker's bundle provides it, and what its tasks load uses it. */
const holder = globalThis as { [key]?: NestedLink };

/** The line of this worker; undefined outside of any. */
export function nestedLink(): NestedLink | undefined {
  return holder[key];
}

/** For a worker, once. */
export function provideNestedLink(link: NestedLink): void {
  holder[key] = link;
}
