import type { MapOrder, Settled } from "@concurrent-futures/core";
import type { ValueColumn } from "../wire.ts";
import { Positions } from "./positions.ts";

/** A call of a map that failed, among the values of those that did not. */
export class Failure {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/** Places are freed in blocks of at least this many: smaller copies more often, larger holds more. */
const freeAt = 4_096;

/** The results of a map until they are read, by position or in order of completion. */
export class MapResults {
  readonly #order: MapOrder;
  // By position, from #offset on: a value, a Failure, or a hole for what has not come. In order of completion: what has come.
  #kept: unknown[] = [];
  #offset = 0;
  // Where in the input the results stood, in order of completion.
  readonly #positions: Positions = new Positions();
  #calls = 0;
  /** Results that have been read. */
  read = 0;
  /** Calls that have failed. */
  failures = 0;
  /** The one that failed first, by the clock. */
  firstFailure: Failure | undefined = undefined;

  constructor(order: MapOrder) {
    this.#order = order;
  }

  /** Says how many calls there are, so far. */
  extend(calls: number): void {
    if (calls > this.#calls) this.#calls = calls;
  }

  put(at: number, value: unknown): void {
    if (value instanceof Failure) {
      this.failures++;
      this.firstFailure ??= value;
    }
    if (this.#order === "completion") {
      this.#kept.push(value);
      this.#positions.add(at, 1);
    } else {
      this.#makeRoom(false);
      this.#kept[at - this.#offset] = value;
    }
  }

  /** Values that need no second look, one after the other. */
  putRange(first: number, values: ValueColumn): void {
    if (this.#order === "completion") this.#positions.add(first, values.length);
    else this.#makeRoom(values instanceof Float64Array);
    const kept = this.#kept;
    const start = this.#order === "completion" ? kept.length : first - this.#offset;
    for (let at = 0; at < values.length; at++) kept[start + at] = values[at];
  }

  /**
   * Places for all calls, when the first result is there: by then the workers have something to do. An array that has held a
   * fraction keeps numbers as such; another would be converted as a whole, at 100 us for 20,000.
   */
  #makeRoom(forNumbers: boolean): void {
    if (this.#kept.length === 0) {
      this.#kept = forNumbers ? [0.5] : [];
      this.#kept.length = 0;
      this.#offset = this.read;
    }
    if (this.#kept.length < this.#calls - this.#offset) this.#kept.length = this.#calls - this.#offset;
  }

  /** One of those that have not been read, to see how large they are. */
  get sample(): unknown {
    return this.#kept.at(-1);
  }

  get hasNext(): boolean {
    const at = this.read - this.#offset;
    return this.#kept[at] !== undefined || at in this.#kept;
  }

  /** The next result. Throws the error of a call that failed. */
  take(): unknown {
    const value = this.#takeNext();
    if (value instanceof Failure) throw value.error;
    return value;
  }

  /** The next result or error, with the position of its call. */
  takeOutcome(): Settled<unknown> {
    const index = this.#order === "completion" ? this.#positions.at(this.read) : this.read;
    const value = this.#takeNext();
    return value instanceof Failure
      ? { status: "rejected", reason: value.error, index }
      : { status: "fulfilled", value, index };
  }

  #takeNext(): unknown {
    const at = this.read - this.#offset;
    const value = this.#kept[at];
    this.#kept[at] = undefined;
    this.read++;
    const gone = at + 1;
    if (gone >= freeAt && gone * 2 >= this.#kept.length) {
      this.#kept = this.#kept.slice(gone);
      this.#offset = this.read;
      this.#positions.forgetBefore(this.read);
    }
    return value;
  }

  /** All of them, failures as they are, and nothing is kept. */
  takeAll(): unknown[] {
    const gone = this.read - this.#offset;
    const all = gone === 0 ? this.#kept : this.#kept.slice(gone);
    this.clear();
    return all;
  }

  clear(): void {
    this.read += this.#kept.length - (this.read - this.#offset);
    this.#kept = [];
    this.#offset = this.read;
  }
}
