import { type PackedError, packError } from "@concurrent-futures/callable/load";
import { SerializationError } from "@concurrent-futures/core/errors";
import { minNumberColumn, type ResultsMessage, type RunMessage } from "../wire.ts";
import type { Transport } from "./transport.ts";

/** The results of a batch that have not been sent yet. */
export class ResultBuffer {
  readonly #message: RunMessage;
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

  constructor(message: RunMessage, transport: Transport) {
    this.#message = message;
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
    const results: ResultsMessage = {
      kind: "results",
      id: this.#message.id,
      from: this.#from,
      values: this.#numbers === undefined ? this.#values : withLength(this.#numbers, this.#count),
      ...(this.#failures.length > 0 && { failures: this.#failures }),
      microseconds: (now - this.#since) * 1000,
      at: performance.timeOrigin + now,
      end,
    };
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
    const left = this.#message.count - this.#from;
    this.#numbers = this.#numeric && left >= minNumberColumn ? new Float64Array(left) : undefined;
    this.#values = [];
    this.#count = 0;
  }

  /** One of the values does not clone after all: it fails alone. */
  #sendOneByOne(results: ResultsMessage, transfer: readonly object[]): void {
    const failures = new Map(results.failures);
    results.values.forEach((value: unknown, at: number) => {
      const from = results.from + at;
      const failure = failures.get(from);
      const one: ResultsMessage = {
        kind: "results",
        id: results.id,
        from,
        values: [value],
        microseconds: 0,
        at: results.at,
        end: false,
      };
      try {
        this.#transport.send(
          failure === undefined ? one : { ...one, values: [undefined], failures: [[from, failure]] },
          transfer,
        );
      } catch (cause) {
        const error = new SerializationError(
          `The result of the task cannot travel back from the worker: ${String(cause)}. Return plain data, or give its class a [reduce]() method.`,
          { cause },
        );
        this.#transport.send({ ...one, values: [undefined], failures: [[from, packError(error)]] }, []);
      }
    });
    if (results.end) {
      this.#transport.send(
        {
          kind: "results",
          id: results.id,
          from: results.from + results.values.length,
          values: [],
          microseconds: results.microseconds,
          at: results.at,
          end: true,
        },
        [],
      );
    }
  }
}

/** The first numbers in memory of their own: the whole memory of an array travels with it. */
function withLength(numbers: Float64Array, length: number): Float64Array {
  return numbers.length === length ? numbers : numbers.slice(0, length);
}
