import { Deadline } from "@concurrent-futures/core/deadline";
import { collectResults } from "./collect-results.ts";
import type { WorkerHandle } from "./worker-handle.ts";

/** How often slots are looked at for results that no message has brought, in milliseconds: as often as timers can. */
export const pollInterval = 1;

/**
 * Looks for results in the slots of workers that have been silent: a worker that runs a long call after short ones cannot
 * send what these have returned. Runs only while a worker has a batch of several calls.
 */
export class ResultPoll {
  readonly #handles: readonly WorkerHandle[];
  #running = false;

  constructor(handles: readonly WorkerHandle[]) {
    this.#handles = handles;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    new Deadline(pollInterval).whenPassed(() => this.#poll(), { keepAlive: false });
  }

  #poll(): void {
    this.#running = false;
    for (const handle of [...this.#handles]) {
      if (!handle.mayHoldResults) continue;
      this.start();
      // One that sends is left alone: its messages cost less than a look at each slot.
      if (!handle.heardFrom) collectResults(handle, true);
      handle.heardFrom = false;
    }
  }
}
