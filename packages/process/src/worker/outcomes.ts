import { type PackedError, packError } from "@concurrent-futures/callable/load";
import { SerializationError } from "@concurrent-futures/core/errors";
import { column, type ResultsMessage, type RunMessage } from "../wire.ts";
import type { Transport } from "./transport.ts";

/** The outcomes of a batch that have not been sent yet. */
export class Outcomes {
  readonly #message: RunMessage;
  readonly #transport: Transport;
  #from = 0;
  #values: unknown[] = [];
  #failures: (readonly [number, PackedError])[] = [];
  #transfer: object[] = [];
  #since: number = performance.now();

  constructor(message: RunMessage, transport: Transport) {
    this.#message = message;
    this.#transport = transport;
  }

  add(value: unknown): void {
    this.#values.push(value);
  }

  addPacked(value: unknown, transfer: readonly object[]): void {
    this.#values.push(value);
    if (transfer.length > 0) this.#transfer.push(...transfer);
  }

  addFailure(index: number, error: PackedError): void {
    this.#values.push(undefined);
    this.#failures.push([index, error]);
  }

  /** The pool has taken this call back, and knows. */
  skip(): void {
    this.#values.push(undefined);
  }

  /** Sends if the oldest outcome has waited for that many milliseconds. */
  sendWhenDue(milliseconds: number): boolean {
    if (performance.now() - this.#since < milliseconds) return false;
    this.send(false);
    return true;
  }

  send(end: boolean): void {
    if (this.#values.length === 0 && !end) return;
    const now = performance.now();
    const results: ResultsMessage = {
      kind: "results",
      id: this.#message.id,
      from: this.#from,
      values: column(this.#values),
      ...(this.#failures.length > 0 && { failures: this.#failures }),
      microseconds: (now - this.#since) * 1000,
      end,
    };
    const transfer = this.#transfer;
    this.#from += this.#values.length;
    this.#values = [];
    this.#failures = [];
    this.#transfer = [];
    this.#since = now;
    try {
      this.#transport.send(results, transfer);
    } catch {
      this.#sendOneByOne(results, transfer);
    }
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
          end: true,
        },
        [],
      );
    }
  }
}
