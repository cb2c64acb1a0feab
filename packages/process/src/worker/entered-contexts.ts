import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";

/**
 * Makes each call of a worker begin in the worker's own async context: what one enters by `enterWith` is not seen by the
 * next. A context for each call would cost half as much again as the fastest calls take; this costs those who enter.
 */
export class EnteredContexts {
  readonly #entered: Set<AsyncLocalStorage<unknown>> = new Set();
  readonly #outside: AsyncResource = new AsyncResource("ConcurrentFuturesWorker");
  readonly #enter: (storage: AsyncLocalStorage<unknown>, store: unknown) => void;

  /** Begins to note what is entered. */
  constructor() {
    const { enterWith } = AsyncLocalStorage.prototype;
    this.#enter = (storage, store) => enterWith.call(storage, store);
    const entered = this.#entered;
    AsyncLocalStorage.prototype.enterWith = function (this: AsyncLocalStorage<unknown>, store) {
      entered.add(this);
      enterWith.call(this, store);
    };
  }

  /** Runs something in the worker's own context, not in that of the caller. */
  outside(fn: () => void): void {
    this.#outside.runInAsyncScope(fn);
  }

  /** Takes back what has been entered in the context of this moment. */
  leave(): void {
    if (this.#entered.size === 0) return;
    for (const storage of this.#entered) {
      const store = this.#outside.runInAsyncScope(() => storage.getStore());
      this.#enter(storage, store);
    }
    this.#entered.clear();
  }
}
