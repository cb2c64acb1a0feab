/**
 * A first-in-first-out queue between workers (Python: `multiprocessing.Queue`). Any number of them may put and get; the
 * items of one producer keep their order. Pass it to workers as an argument.
 *
 * An item is copied when it is put; what cannot be sent is refused there (in Python it vanishes later). It is removed in
 * one step when it is got: a worker that dies before or after that step neither loses nor duplicates an item.
 *
 * @example
 * ```ts
 * const queue = new Queue<number>();
 * pool.submit(produce, queue);
 * console.log(await queue.get());
 * ```
 */
export abstract class Queue<T = unknown> {
  get [Symbol.toStringTag](): "Queue" | "JoinableQueue" {
    return "Queue";
  }

  /**
   * Puts a copy of an item at the end; waits for room.
   *
   * @param timeout - milliseconds to wait; 0 or less only tries. `undefined` waits forever.
   * @throws Full when there was no room in time; SerializationError when the item cannot be sent; ValueError after
   * `close()`.
   */
  abstract put(item: T, timeout?: number): Promise<void>;

  /** As {@link put}, blocking this thread. */
  abstract putSync(item: T, timeout?: number): void;

  /**
   * Removes the first item and gives it; waits for one.
   *
   * @param timeout - milliseconds to wait; 0 or less only tries. `undefined` waits forever.
   * @throws Empty when there was none in time; ValueError after `close()`.
   */
  abstract get(timeout?: number): Promise<T>;

  /** As {@link get}, blocking this thread. */
  abstract getSync(timeout?: number): T;

  /** A promise, to be awaited: `put` with timeout 0 (Python: `put_nowait`). @throws Full, by rejection */
  putNowait(item: T): Promise<void> {
    return this.put(item, 0);
  }

  /** `putSync` with timeout 0. @throws Full */
  putNowaitSync(item: T): void {
    this.putSync(item, 0);
  }

  /** A promise, to be awaited: `get` with timeout 0 (Python: `get_nowait`). @throws Empty, by rejection */
  getNowait(): Promise<T> {
    return this.get(0);
  }

  /** `getSync` with timeout 0. @throws Empty */
  getNowaitSync(): T {
    return this.getSync(0);
  }

  /** The number of items, at this moment. */
  abstract qsize(): number;

  /** Whether there is no item, at this moment. @throws OSError when the queue was used here and closed */
  abstract empty(): boolean;

  /** Whether there is no room, at this moment. */
  abstract full(): boolean;

  /**
   * Closes this handle: it will neither put nor get any more. The items stay for the others, whose handles stay open.
   * Calling it twice is safe.
   */
  abstract close(): void;

  /** Whether {@link close} was called on this handle. */
  abstract readonly closed: boolean;
}

/**
 * A queue whose items are work: `join()` waits until each item that was put has been answered by `taskDone()` (Python:
 * `multiprocessing.JoinableQueue`). As in Python it is a {@link Queue}.
 *
 * @example
 * ```ts
 * const queue = new JoinableQueue<string>();
 * for (const url of urls) await queue.put(url);
 * // workers: const url = await queue.get(); … ; await queue.taskDone();
 * await queue.join();
 * ```
 */
export abstract class JoinableQueue<T = unknown> extends Queue<T> {
  override get [Symbol.toStringTag](): "JoinableQueue" {
    return "JoinableQueue";
  }

  /**
   * Reports that an item that was got has been dealt with (Python: `task_done`).
   *
   * @throws ValueError when it is called more often than items were put.
   */
  abstract taskDone(): Promise<void>;

  /** As {@link taskDone}, blocking this thread where the queue lives in a server. */
  abstract taskDoneSync(): void;

  /**
   * Waits until every item that was put has been answered by `taskDone()`.
   *
   * @param timeout - milliseconds. Python has none here. `undefined` waits forever.
   * @returns whether that happened in time.
   */
  abstract join(timeout?: number): Promise<boolean>;

  /** As {@link join}, blocking this thread. */
  abstract joinSync(timeout?: number): boolean;
}

/**
 * A queue without bound and without timeouts (Python: `multiprocessing.SimpleQueue`).
 *
 * @example
 * ```ts
 * const queue = new SimpleQueue<string>();
 * await queue.put("hello");
 * ```
 */
export abstract class SimpleQueue<T = unknown> {
  get [Symbol.toStringTag](): "SimpleQueue" {
    return "SimpleQueue";
  }

  /** Puts a copy of an item at the end. @throws SerializationError when it cannot be sent; OSError after `close()` */
  abstract put(item: T): Promise<void>;

  /** As {@link put}, blocking this thread where the queue lives in a server. */
  abstract putSync(item: T): void;

  /** Removes the first item and gives it; waits for one. @throws OSError after `close()` */
  abstract get(): Promise<T>;

  /** As {@link get}, blocking this thread. */
  abstract getSync(): T;

  /** Whether there is no item, at this moment. @throws OSError after `close()` */
  abstract empty(): boolean;

  /** Closes this handle. Calling it twice is safe. */
  abstract close(): void;

  /** Whether {@link close} was called on this handle. */
  abstract readonly closed: boolean;
}
