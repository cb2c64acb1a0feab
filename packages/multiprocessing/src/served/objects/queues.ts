import { ValueError } from "@concurrent-futures/core";
import { checkTimeout } from "@concurrent-futures/core/options";
import { Empty, Full } from "../../errors.ts";
import { type Caller, currentCaller } from "../../managers/session.ts";
import { limitOf } from "../../shared/queue.ts";
import { Waiters } from "./waiters.ts";

/**
 * Python's `queue.Queue`, in a server: `JoinableQueue` and `SimpleQueue` as well. A waiter gets its item, or its place, in the moment
 * there is one, so nobody who comes later is served before.
 */
export class QueueObject {
  readonly #items: unknown[] = [];
  readonly #maxsize: number;
  readonly #getters: Waiters<true> = new Waiters();
  readonly #putters: Waiters<true> = new Waiters();
  readonly #joiners: Waiters<true> = new Waiters();
  #unfinished = 0;

  constructor(maxsize: number = 0) {
    this.#maxsize = limitOf(maxsize);
  }

  async put(item: unknown, timeout?: number): Promise<void> {
    const limit = checkTimeout("timeout", timeout);
    if (!this.full()) return this.#append(item);
    if (limit !== undefined && limit <= 0) throw new Full();
    const placed = await this.#putters.wait(limit, undefined, () => this.#append(item));
    if (placed === undefined) throw new Full();
  }

  async get(timeout?: number): Promise<unknown> {
    const limit = checkTimeout("timeout", timeout);
    const caller = currentCaller();
    if (this.#items.length > 0) return this.#take(caller);
    if (limit !== undefined && limit <= 0) throw new Empty();
    let item: unknown;
    const taken = await this.#getters.wait(limit, caller.session, () => {
      item = this.#take(caller);
    });
    if (taken === undefined) throw new Empty();
    return item;
  }

  qsize(): number {
    return this.#items.length;
  }

  empty(): boolean {
    return this.#items.length === 0;
  }

  full(): boolean {
    return this.#items.length >= this.#maxsize;
  }

  taskDone(): void {
    if (this.#unfinished <= 0) throw new ValueError("task_done() called too many times");
    if (--this.#unfinished === 0) this.#joiners.wakeAll(true);
  }

  async join(timeout?: number): Promise<boolean> {
    const limit = checkTimeout("timeout", timeout);
    return this.#unfinished === 0 || ((await this.#joiners.wait(limit)) ?? false);
  }

  #append(item: unknown): void {
    this.#items.push(item);
    this.#unfinished++;
    this.#getters.wakeOne(true);
  }

  #take(caller: Caller): unknown {
    const item = this.#items.shift();
    caller.onUndelivered(() => this.#putBack(item));
    // What was put back may have made it too long.
    if (!this.full()) this.#putters.wakeOne(true);
    return item;
  }

  #putBack(item: unknown): void {
    this.#items.unshift(item);
    // Later, when all that this client did not receive is back in its order.
    queueMicrotask(() => {
      if (this.#items.length > 0) this.#getters.wakeOne(true);
    });
  }
}
