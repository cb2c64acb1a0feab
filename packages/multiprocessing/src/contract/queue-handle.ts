import { OSError } from "../errors.ts";

/** Whether one handle of a queue is closed, and was used before: what `close()` means is a matter of the handle. */
export class QueueHandle {
  readonly #ClosedError: new (
    message: string,
  ) => Error;
  #closed = false;
  #used = false;

  /** @param ClosedError - what using a closed queue throws */
  constructor(ClosedError: new (message: string) => Error) {
    this.#ClosedError = ClosedError;
  }

  get closed(): boolean {
    return this.#closed;
  }

  close(): void {
    this.#closed = true;
  }

  /** Before an item is put or got. @throws the error for a closed queue */
  use(): void {
    if (this.#closed) throw new this.#ClosedError("The queue is closed. Put and get before close().");
    this.#used = true;
  }

  /** Before `empty()` looks. @throws OSError when the queue was used here and closed */
  assertReadable(): void {
    if (this.#closed && this.#used) throw new OSError("The queue is closed. Call this before close().");
  }
}
