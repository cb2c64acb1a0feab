import { ValueError } from "@concurrent-futures/core";
import { checkTimeout } from "@concurrent-futures/core/options";
import { Empty, Full, OSError } from "../../errors.ts";
import { type Caller, currentCaller, type Session } from "../../managers/session.ts";
import { limitOf } from "../../shared/queue.ts";
import { Waiters } from "./waiters.ts";

/**
 * Python's `queue.Queue`, in a server: `JoinableQueue` as well. Who waits gets its item, or its place, in the moment
 * there is one, so nobody who comes later is served before.
 */
export class ServedQueue {
  readonly #items: unknown[] = [];
  readonly #maxsize: number;
  readonly #getters: Waiters<true> = new Waiters();
  readonly #putters: Waiters<true> = new Waiters();
  readonly #joiners: Waiters<true> = new Waiters();
  readonly #usedBy: WeakSet<Session> = new WeakSet();
  readonly #closedBy: WeakSet<Session> = new WeakSet();
  #unfinished = 0;

  constructor(maxsize: number = 0) {
    this.#maxsize = limitOf(maxsize);
  }

  async put(item: unknown, timeout?: number): Promise<void> {
    const limit = checkTimeout("timeout", timeout);
    const session = this.#use();
    if (!this.full()) return this.#append(item);
    if (limit !== undefined && limit <= 0) throw new Full();
    const placed = await this.#putters.wait(limit, session, () => this.#append(item));
    if (placed === undefined) throw new Full();
  }

  putNowait(item: unknown): Promise<void> {
    return this.put(item, 0);
  }

  async get(timeout?: number): Promise<unknown> {
    const limit = checkTimeout("timeout", timeout);
    const session = this.#use();
    const caller = currentCaller();
    if (this.#items.length > 0) return this.#take(caller);
    if (limit !== undefined && limit <= 0) throw new Empty();
    let item: unknown;
    const taken = await this.#getters.wait(limit, session, () => {
      item = this.#take(caller);
    });
    if (taken === undefined) throw new Empty();
    return item;
  }

  getNowait(): Promise<unknown> {
    return this.get(0);
  }

  qsize(): number {
    return this.#items.length;
  }

  /** @throws OSError for a client that has used the queue and closed it */
  empty(): boolean {
    const { session } = currentCaller();
    if (this.#closedBy.has(session) && this.#usedBy.has(session)) throw new OSError("Queue is closed.");
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

  /** The client that calls will neither put nor get any more. It stays open for the others, with what is in it. */
  close(): void {
    this.#closedBy.add(currentCaller().session);
  }

  #use(): Session {
    const { session } = currentCaller();
    if (this.#closedBy.has(session)) throw new ValueError("Queue is closed. Put and get before close().");
    this.#usedBy.add(session);
    return session;
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

/** Python's `multiprocessing.SimpleQueue`, in a server. */
export class ServedSimpleQueue {
  readonly #queue: ServedQueue = new ServedQueue();
  readonly #closedBy: WeakSet<Session> = new WeakSet();

  async put(item: unknown): Promise<void> {
    this.#check();
    await this.#queue.put(item);
  }

  async get(): Promise<unknown> {
    this.#check();
    return await this.#queue.get();
  }

  empty(): boolean {
    this.#check();
    return this.#queue.empty();
  }

  /** The client that calls will use it no more. */
  close(): void {
    this.#closedBy.add(currentCaller().session);
  }

  #check(): void {
    if (this.#closedBy.has(currentCaller().session)) throw new OSError("SimpleQueue is closed.");
  }
}
