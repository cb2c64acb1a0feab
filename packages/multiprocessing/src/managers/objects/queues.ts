import { ValueError } from "@concurrent-futures/core";
import { checkTimeout } from "@concurrent-futures/core/options";
import { Empty, Full, OSError } from "../../errors.ts";
import { currentCaller } from "../session.ts";
import { Waiters } from "./waiters.ts";

/** Python's `queue.Queue`, in a server: `JoinableQueue` as well. */
export class ServedQueue {
  readonly #items: unknown[] = [];
  readonly #maxsize: number;
  readonly #getters: Waiters<true> = new Waiters();
  readonly #putters: Waiters<true> = new Waiters();
  readonly #joiners: Waiters<true> = new Waiters();
  #unfinished = 0;
  #closed = false;

  constructor(maxsize: number = 0) {
    this.#maxsize = maxsize > 0 ? maxsize : Number.POSITIVE_INFINITY;
  }

  async put(item: unknown, timeout?: number): Promise<void> {
    await this.#until(
      () => this.#items.length < this.#maxsize,
      this.#putters,
      timeout,
      () => new Full(),
    );
    this.#items.push(item);
    this.#unfinished++;
    this.#getters.wakeOne(true);
  }

  putNowait(item: unknown): Promise<void> {
    return this.put(item, 0);
  }

  async get(timeout?: number): Promise<unknown> {
    await this.#until(
      () => this.#items.length > 0,
      this.#getters,
      timeout,
      () => new Empty(),
    );
    const item = this.#items.shift();
    this.#putters.wakeOne(true);
    return item;
  }

  getNowait(): Promise<unknown> {
    return this.get(0);
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

  close(): void {
    this.#closed = true;
    this.#getters.wakeAll(true);
    this.#putters.wakeAll(true);
  }

  async #until(
    holds: () => boolean,
    line: Waiters<true>,
    timeout: number | undefined,
    late: () => Error,
  ): Promise<void> {
    const limit = checkTimeout("timeout", timeout);
    if (this.#closed) throw new ValueError("Queue is closed");
    if (limit !== undefined && limit <= 0 && !holds()) throw late();
    const { session } = currentCaller();
    const end = limit === undefined ? Number.POSITIVE_INFINITY : performance.now() + limit;
    while (!holds()) {
      if ((await line.wait(end - performance.now(), session)) === undefined) throw late();
      if (this.#closed) throw new OSError("Queue is closed");
    }
  }
}
