import type { TaskContext } from "@concurrent-futures/core";
import { STOPPING } from "../slots.ts";

/** What `currentTask()` gives in a worker: made for the first who asks, since most tasks never do. */
export class RunningTask implements TaskContext {
  readonly name: string;
  readonly workerId: number;
  readonly #slots: Int32Array;
  readonly #slot: number;
  #controller: AbortController | undefined;
  #stopped: { readonly reason: unknown } | undefined;

  constructor(name: string, workerId: number, slots: Int32Array, slot: number) {
    this.name = name === "" ? "(anonymous)" : name;
    this.workerId = workerId;
    this.#slots = slots;
    this.#slot = slot;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#stopped !== undefined) this.#controller.abort(this.#stopped.reason);
    return this.#controller.signal;
  }

  get cancelled(): boolean {
    // Shared memory: a loop that never lets a message in sees it as well.
    return this.#stopped !== undefined || Atomics.load(this.#slots, this.#slot) === STOPPING;
  }

  stop(reason: unknown): void {
    this.#stopped = { reason };
    this.#controller?.abort(reason);
  }
}
