import type { CallableRef } from "@concurrent-futures/callable";
import { nestedLink as key } from "@concurrent-futures/core/keys";
import type { NestedOptions } from "./wire.ts";

/** A call that a task submits to an executor of its pool's side. */
export interface NestedCallRequest {
  /** The executor, as its handle names it. */
  readonly pool: string;
  readonly ref: CallableRef;
  readonly args: readonly unknown[];
  readonly options: NestedOptions | undefined;
  /** Called once. `refused`: it cannot be sent, for this reason. Other values and errors are in their travelling form. */
  settle(how: "done" | "failed" | "cancelled" | "refused", value: unknown): void;
}

/** A worker's line to the executors of its pool's side. */
export interface NestedLink {
  readonly sharesMemory: boolean;
  /** A handle of an executor has arrived. */
  opened(): void;
  /** Gives the number of the call. */
  submit(request: NestedCallRequest): number;
  cancel(call: number, force: boolean): void;
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
