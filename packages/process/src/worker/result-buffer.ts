import { type PackedError, packError } from "@concurrent-futures/callable/load";
import { SerializationError } from "@concurrent-futures/core/errors";
import { minNumberColumn, type ResultsMessage } from "../wire.ts";
import { mendBuiltins, now } from "./builtins.ts";
import type { Transport } from "./transport.ts";

// As they are when the worker starts: a task may replace them.
const NativeFloat64Array = Float64Array;
const { slice } = Float64Array.prototype;
const { apply } = Reflect;

interface BatchSize {
  readonly id: number;
  readonly count: number;
}

/** The results of a batch that have not been sent yet. */
export class ResultBuffer {
  readonly #batch: BatchSize;
  readonly #transport: Transport;
  #from = 0;
  // Numbers are written where they travel, for as long as there is nothing else: then everything is in #values.
  #numbers: Float64Array | undefined;
  #numeric = true;
  #count = 0;
  #values: unknown[] = [];
  #failures: (readonly [number, PackedError])[] = [];
  #skipped: number[] = [];
  #transfer: object[] = [];
  #since: number = now();

  constructor(batch: BatchSize, transport: Transport) {
    this.#batch = batch;
    this.#transport = transport;
    this.#begin();
  }

  /** By no method, which the task may have replaced. */
  add(value: unknown): void {
    if (this.#numbers === undefined) this.#values[this.#count] = value;
    else if (typeof value === "number") this.#numbers[this.#count] = value;
    else {
      for (let at = 0; at < this.#count; at++) this.#values[at] = this.#numbers[at];
      this.#numbers = undefined;
      this.#numeric = false;
      this.#values[this.#count] = value;
    }
    this.#count++;
  }

  addPacked(value: unknown, transfer: readonly object[]): void {
    this.add(value);
    for (let at = 0; at < transfer.length; at++)
      this.#transfer[this.#transfer.length] = transfer[at] as object;
  }

  addFailure(index: number, error: PackedError): void {
    this.add(undefined);
    this.#failures[this.#failures.length] = [index, error];
  }

  /**
   * This call does not run: the pool has taken it back.
   *
   * @param index - where the pool may not know that: then it is told.
   */
  skip(index: number | undefined): void {
    this.add(undefined);
    if (index !== undefined) this.#skipped[this.#skipped.length] = index;
  }

  /** Sends if the oldest result has waited for that many milliseconds. */
  sendWhenDue(milliseconds: number): boolean {
    if (now() - this.#since < milliseconds) return false;
    this.send(false);
    return true;
  }

  /** Sends what there is. Gives the moment, by `performance.now()`. */
  send(end: boolean): number {
    const at = now();
    if (this.#count === 0 && !end) return at;
    const values = this.#numbers === undefined ? this.#values : withLength(this.#numbers, this.#count);
    const results = this.#message(
      this.#from,
      values,
      (at - this.#since) * 1000,
      end,
      performance.timeOrigin + at,
      this.#failures,
      this.#skipped,
    );
    const transfer = this.#transfer;
    this.#from += this.#count;
    this.#begin();
    this.#failures = [];
    this.#skipped = [];
    this.#transfer = [];
    this.#since = at;
    try {
      this.#transport.send(results, transfer);
    } catch {
      this.#sendOneByOne(results, transfer);
    }
    return at;
  }

  #begin(): void {
    const left = this.#batch.count - this.#from;
    this.#numbers = this.#numeric && left >= minNumberColumn ? new NativeFloat64Array(left) : undefined;
    this.#values = [];
    this.#count = 0;
  }

  #message(
    from: number,
    values: ResultsMessage[2],
    microseconds: number,
    end: boolean,
    at: ResultsMessage[5],
    failures: NonNullable<ResultsMessage[6]>,
    skipped: readonly number[] = [],
  ): ResultsMessage {
    const { id } = this.#batch;
    if (skipped.length > 0) return [id, from, values, microseconds, end, at, failures, skipped];
    return failures.length === 0
      ? [id, from, values, microseconds, end, at]
      : [id, from, values, microseconds, end, at, failures];
  }

  /** One of the values does not clone after all: it fails alone. */
  #sendOneByOne(results: ResultsMessage, transfer: readonly object[]): void {
    const [, first, values, microseconds, end, at] = results;
    mendBuiltins();
    const failures = new Map(results[6]);
    const skipped = results[7] ?? [];
    values.forEach((value: unknown, place: number) => {
      const from = first + place;
      const failure = failures.get(from);
      const fail = (error: PackedError): ResultsMessage =>
        this.#message(from, [undefined], 0, false, at, [[from, error]]);
      try {
        const own = skipped.indexOf(from) < 0 ? [] : [from];
        const one =
          failure === undefined ? this.#message(from, [value], 0, false, at, [], own) : fail(failure);
        this.#transport.send(one, transfer);
      } catch (cause) {
        const error = new SerializationError(
          `The result of the task cannot be sent back from the worker: ${String(cause)}. Return plain data, or give its class a [reduce]() method.`,
          { cause },
        );
        this.#transport.send(fail(packError(error)), []);
      }
    });
    if (end) this.#transport.send(this.#message(first + values.length, [], microseconds, true, at, []), []);
  }
}

/** The first numbers in memory of their own: the whole memory of an array travels with it. */
function withLength(numbers: Float64Array, length: number): Float64Array {
  return numbers.length === length ? numbers : (apply(slice, numbers, [0, length]) as Float64Array);
}
