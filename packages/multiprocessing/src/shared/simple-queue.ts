import { OSError } from "../errors.ts";
import { alternatives, defineTransfer } from "../transfer.ts";
import { type QueueState, SharedQueue } from "./queue.ts";

/**
 * A queue without bound and without timeouts (Python: `multiprocessing.SimpleQueue`).
 *
 * @example
 * ```ts
 * const queue = new SimpleQueue<string>();
 * await queue.put("hello");
 * ```
 */
export class SimpleQueue<T = unknown> extends SharedQueue<T> {
  constructor(state?: QueueState) {
    super(Number.POSITIVE_INFINITY, 0, 0, state);
  }

  static {
    defineTransfer<SimpleQueue, QueueState>(SimpleQueue, {
      module: import.meta.url,
      name: "SimpleQueue",
      pack: (queue) => queue.state,
      unpack: (state) => new SimpleQueue(state),
      alternatives: alternatives("SimpleQueue"),
    });
  }

  /** Puts a copy of an item at the end. @throws SerializationError when it cannot travel; OSError after `close()` */
  put(item: T): Promise<void> {
    return this.putItem(item, undefined);
  }

  /** As {@link put}; it is there when the call returns. */
  putSync(item: T): void {
    this.putItemSync(item, undefined);
  }

  /** Removes the first item and gives it; waits for one. @throws OSError after `close()` */
  get(): Promise<T> {
    return this.getItem(undefined);
  }

  /** As {@link get}, blocking this thread. */
  getSync(): T {
    return this.getItemSync(undefined);
  }

  /** Whether nothing is in it at this moment. @throws OSError after `close()` */
  override empty(): boolean {
    if (this.closed) throw this.closedError("SimpleQueue is closed. Ask before close().");
    return super.empty();
  }

  protected override closedError(message: string): Error {
    return new OSError(message);
  }
}
