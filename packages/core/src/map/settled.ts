import type { Future } from "../future/future.ts";
import { staysHere } from "../stays-here.ts";

/** How one call of a map ended, and at which position of the input, from 0. */
export type Settled<R> =
  | { readonly status: "fulfilled"; readonly value: R; readonly index: number }
  | { readonly status: "rejected"; readonly reason: unknown; readonly index: number };

/** How a future that is done has ended. */
export function outcomeOf<R>(future: Future<R>, index: number): Settled<R> {
  try {
    return { status: "fulfilled", value: future.resultSync(0), index };
  } catch (reason) {
    return { status: "rejected", reason, index };
  }
}

/** What `settled()` of a map gives. */
export interface SettledIterator<R> extends AsyncIterableIterator<Settled<R>, undefined> {
  /** All outcomes in an array. */
  toArray(): Promise<Settled<R>[]>;
}

/** Reads a map's outcomes one after the other; leaving early ends the map. */
export class SettledReader<R> implements SettledIterator<R> {
  static {
    staysHere(SettledReader, "Send the results that it gives.");
  }

  readonly #step: () => Promise<IteratorResult<Settled<R>, undefined>>;
  readonly #leave: () => void;

  constructor(step: () => Promise<IteratorResult<Settled<R>, undefined>>, leave: () => void) {
    this.#step = step;
    this.#leave = leave;
  }

  next(): Promise<IteratorResult<Settled<R>, undefined>> {
    return this.#step();
  }

  return(): Promise<IteratorResult<Settled<R>, undefined>> {
    this.#leave();
    return Promise.resolve({ done: true, value: undefined });
  }

  async toArray(): Promise<Settled<R>[]> {
    const outcomes: Settled<R>[] = [];
    for await (const outcome of this) outcomes.push(outcome);
    return outcomes;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
