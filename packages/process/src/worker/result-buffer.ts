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
  readonly base: number;
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
  // Whether anything is in #values but undefined: otherwise their number says it all.
  #said = false;
  #written = false;
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
    if (this.#numbers !== undefined) {
      if (typeof value === "number") {
        this.#numbers[this.#count++] = value;
        return;
      }
      this.#leaveNumbers(this.#numbers);
    }
    if (value !== undefined && !this.#said) {
      for (let at = 0; at < this.#count; at++) this.#values[at] = undefined;
      this.#said = true;
    }
    if (this.#said) this.#values[this.#count] = value;
    this.#count++;
  }

  #leaveNumbers(numbers: Float64Array): void {
    for (let at = 0; at < this.#count; at++) this.#values[at] = numbers[at];
    this.#said = this.#count > 0;
    this.#numbers = undefined;
    this.#numeric = false;
  }

  /** Its result is written down, as its slot says. */
  addWritten(): void {
    this.add(undefined);
    this.#written = true;
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
    // Of the others, each that follows has written down how the one before it has ended.
    if (this.#written) this.#transport.note?.(this.#batch.base, this.#from + this.#count - 1);
    const values = this.#column();
    const results = this.#message(
      this.#from,
      values,
      (at - this.#since) * 1000,
      end,
      performance.timeOrigin + at,
      this.#failures,
      this.#skipped,
      this.#written,
    );
    const transfer = this.#transfer;
    this.#from += this.#count;
    this.#begin();
    this.#failures = [];
    this.#skipped = [];
    this.#transfer = [];
    this.#written = false;
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
    this.#said = false;
    this.#count = 0;
  }

  #column(): ResultsMessage[2] {
    if (this.#numbers !== undefined) return withLength(this.#numbers, this.#count);
    return this.#said ? this.#values : this.#count;
  }

  #message(
    from: number,
    values: ResultsMessage[2],
    microseconds: number,
    end: boolean,
    at: ResultsMessage[5],
    failures: NonNullable<ResultsMessage[6]>,
    skipped: readonly number[] = [],
    written = false,
  ): ResultsMessage {
    const { id } = this.#batch;
    if (written) {
      const failed = failures.length === 0 ? undefined : failures;
      return [id, from, values, microseconds, end, at, failed, someOf(skipped), written];
    }
    if (skipped.length > 0) return [id, from, values, microseconds, end, at, failures, skipped];
    return failures.length === 0
      ? [id, from, values, microseconds, end, at]
      : [id, from, values, microseconds, end, at, failures];
  }

  /** One of the values does not clone after all: it fails alone. */
  #sendOneByOne(results: ResultsMessage, transfer: readonly object[]): void {
    const [, first, sent, microseconds, end, at, , , written] = results;
    mendBuiltins();
    const values = typeof sent === "number" ? new Array<undefined>(sent).fill(undefined) : sent;
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
          failure === undefined
            ? this.#message(from, [value], 0, false, at, [], own, written)
            : fail(failure);
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

function someOf(skipped: readonly number[]): readonly number[] | undefined {
  return skipped.length === 0 ? undefined : skipped;
}

/** The first numbers in memory of their own: the whole memory of an array travels with it. */
function withLength(numbers: Float64Array, length: number): Float64Array {
  return numbers.length === length ? numbers : (apply(slice, numbers, [0, length]) as Float64Array);
}
