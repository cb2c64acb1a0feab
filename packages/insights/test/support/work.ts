import { Ending, type MapEnd } from "@concurrent-futures/core";

/** Work whose counts the test sets. */
export class ManualWork {
  done = 0;
  failed = 0;
  read = 0;
  total: number | undefined;
  readonly #ending: Ending = new Ending();

  constructor(total?: number) {
    this.total = total;
  }

  stats() {
    return { done: this.done, failed: this.failed, read: this.read, total: this.total };
  }

  addDoneCallback(fn: (end: MapEnd) => void): void {
    this.#ending.addDoneCallback(fn);
  }

  end(how: MapEnd): void {
    this.#ending.settle(how);
  }
}
