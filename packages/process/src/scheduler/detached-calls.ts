import type { Results } from "../host/check-message.ts";
import type { DispatchedBatch } from "./dispatched-batch.ts";

/** A call that goes on beside those that follow it in its worker. */
export interface DetachedCall {
  readonly dispatched: DispatchedBatch;
  readonly index: number;
}

/** The calls of one worker that have left their batches, and the calls that its tasks have submitted and wait for. */
export class DetachedCalls {
  readonly #calls: Map<string, DetachedCall> = new Map();
  /** How many calls each call waits for. */
  readonly #nested: Map<string, number> = new Map();

  get size(): number {
    return this.#calls.size;
  }

  /** Those that take a place: they wait for no calls of their own. */
  get active(): number {
    if (this.#nested.size === 0) return this.#calls.size;
    let waiting = 0;
    for (const key of this.#nested.keys()) if (this.#calls.has(key)) waiting++;
    return this.#calls.size - waiting;
  }

  add(dispatched: DispatchedBatch, index: number): void {
    this.#calls.set(keyOf(dispatched.id, index), { dispatched, index });
  }

  has(id: number, index: number): boolean {
    return this.#calls.size > 0 && this.#calls.has(keyOf(id, index));
  }

  /** The batch that the call has left. */
  batchOf(id: number, index: number): DispatchedBatch | undefined {
    return this.#calls.size > 0 ? this.#calls.get(keyOf(id, index))?.dispatched : undefined;
  }

  take(id: number, index: number): DetachedCall | undefined {
    const key = keyOf(id, index);
    const call = this.#calls.get(key);
    this.#calls.delete(key);
    return call;
  }

  takeAll(): DetachedCall[] {
    const all = [...this.#calls.values()];
    this.#calls.clear();
    return all;
  }

  /**
   * The result of a call that has left its batch comes by itself: a worker that sends it with the batch as well has said that it waits, and does
   * not, and nobody would ever hear of it.
   *
   * @throws Error for results that no worker of this library sends
   */
  checkHoles({ id, from, values, failures }: Results): void {
    for (let at = 0; at < values.length; at++) {
      if (values[at] !== undefined && this.has(id, from + at)) throw notAHole(id, from + at);
    }
    for (const [index] of failures ?? []) if (this.has(id, index)) throw notAHole(id, index);
  }

  /** A call has submitted one more. */
  submitted([id, index]: readonly [number, number]): void {
    const key = keyOf(id, index);
    this.#nested.set(key, (this.#nested.get(key) ?? 0) + 1);
  }

  /** One of the calls that it has submitted has ended. */
  answered([id, index]: readonly [number, number]): void {
    const key = keyOf(id, index);
    const left = (this.#nested.get(key) ?? 1) - 1;
    if (left === 0) this.#nested.delete(key);
    else this.#nested.set(key, left);
  }
}

function notAHole(id: number, index: number): Error {
  return new Error(`The worker has sent the result of call ${index} of batch ${id}, which it had detached`);
}

function keyOf(id: number, index: number): string {
  return `${id}:${index}`;
}
