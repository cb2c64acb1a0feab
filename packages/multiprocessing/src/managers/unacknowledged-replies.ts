/**
 * Replies that carry an item taken out of an object and are not acknowledged yet, by the numbers of the calls. The item
 * is put back when the connection ends before the client has acknowledged it.
 */
export class UnacknowledgedReplies {
  readonly #undo: Map<number, () => void> = new Map();
  #ended = false;

  get size(): number {
    return this.#undo.size;
  }

  /** The answer to a call is about to be sent. */
  add(id: number, undo: () => void): void {
    if (this.#ended) undo();
    else this.#undo.set(id, undo);
  }

  /** The client has it. */
  received(id: number): void {
    this.#undo.delete(id);
  }

  /** The connection is gone: what was taken last is put back first. */
  end(): void {
    this.#ended = true;
    for (const undo of [...this.#undo.values()].reverse()) undo();
    this.#undo.clear();
  }
}
