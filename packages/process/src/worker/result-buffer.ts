import { type PackedError, packError } from "@concurrent-futures/callable/load";
import { SerializationError } from "@concurrent-futures/core/errors";
import { minNumberColumn, type ResultsMessage } from "../wire.ts";
import type { Transport } from "./transport.ts";

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
  #transfer: object[] = [];
  #since: number = performance.now();

  constructor(batch: BatchSize, transport: Transport) {
    this.#batch = batch;
    this.#transport = transport;
    this.#begin();
  }

  add(value: unknown): void {
    if (this.#numbers === undefined) this.#values.push(value);
    else if (typeof value === "number") this.#numbers[this.#count] = value;
    else {
      this.#values = Array.from(this.#numbers.subarray(0, this.#count));
      this.#numbers = undefined;
      this.#numeric = false;
      this.#values.push(value);
    }
    this.#count++;
  }

  addPacked(value: unknown, transfer: readonly object[]): void {
    this.add(value);
    if (transfer.length > 0) this.#transfer.push(...transfer);
  }

  addFailure(index: number, error: PackedError): void {
    this.add(undefined);
    this.#failures.push([index, error]);
  }

  /** The pool has taken this call back, and knows. */
  skip(): void {
    this.add(undefined);
  }

  /** Sends if the oldest result has waited for that many milliseconds. */
  sendWhenDue(milliseconds: number): boolean {
    if (performance.now() - this.#since < milliseconds) return false;
    this.send(false);
    return true;
  }

  send(end: boolean): void {
    if (this.#count === 0 && !end) return;
    const now = performance.now();
    const values = this.#numbers === undefined ? this.#values : withLength(this.#numbers, this.#count);
    const results = this.#message(
      this.#from,
      values,
      (now - this.#since) * 1000,
      end,
      performance.timeOrigin + now,
      this.#failures,
    );
    const transfer = this.#transfer;
    this.#from += this.#count;
    this.#begin();
    this.#failures = [];
    this.#transfer = [];
    this.#since = now;
    try {
      this.#transport.send(results, transfer);
    } catch {
      this.#sendOneByOne(results, transfer);
    }
  }

  #begin(): void {
    const left = this.#batch.count - this.#from;
    this.#numbers = this.#numeric && left >= minNumberColumn ? new Float64Array(left) : undefined;
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
  ): ResultsMessage {
    const { id } = this.#batch;
    return failures.length === 0
      ? [id, from, values, microseconds, end, at]
      : [id, from, values, microseconds, end, at, failures];
  }

  /** One of the values does not clone after all: it fails alone. */
  #sendOneByOne(results: ResultsMessage, transfer: readonly object[]): void {
    const [, first, values, microseconds, end, at] = results;
    const failures = new Map(results[6]);
    values.forEach((value: unknown, place: number) => {
      const from = first + place;
      const failure = failures.get(from);
      const fail = (error: PackedError): ResultsMessage =>
        this.#message(from, [undefined], 0, false, at, [[from, error]]);
      try {
        const one = failure === undefined ? this.#message(from, [value], 0, false, at, []) : fail(failure);
        this.#transport.send(one, transfer);
      } catch (cause) {
        const error = new SerializationError(
          `The result of the task cannot travel back from the worker: ${String(cause)}. Return plain data, or give its class a [reduce]() method.`,
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
  return numbers.length === length ? numbers : numbers.slice(0, length);
}
