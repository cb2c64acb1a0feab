import type { Rows } from "@concurrent-futures/core";
import { type AsyncContext, currentContext, runIn } from "@concurrent-futures/core/async-context";
import { runCallback } from "@concurrent-futures/core/callbacks";
import { beginNoting, endNoting, type SharedContent } from "../shared-content.ts";
import { packNumbers, type ValueColumn } from "../wire.ts";
import type { Outgoing } from "./outgoing.ts";
import { packRow, RefusedRow } from "./pack-rows.ts";

/**
 * The input of a map: read at once, or, with a window, no further ahead of the reader than that. A row is a value where
 * there is one iterable, else an array of arguments. What is kept of it is its travelling form, as it was when it was read.
 */
export class MapInput {
  /** 1: rows are bare values. -1: rows are arrays. */
  readonly arity: number;
  /** How many rows the input says that it has. */
  readonly length: number | undefined;
  #window: number;
  readonly #medium: "thread" | "spawn";
  readonly #outgoing: Outgoing;
  // Of the code that made the map: the input is read in it.
  readonly #context: AsyncContext | undefined = currentContext();
  readonly #sync: Iterator<unknown> | undefined;
  readonly #async: AsyncIterator<unknown> | undefined;
  // All rows, where the input was read at once; else #buffer has those that are here.
  #all: ValueColumn | undefined;
  #buffer: unknown[] = [];
  #head = 0;
  // All rows that have been read, and those among them that cannot be sent, by their number.
  #read = 0;
  // Shared values in rows that have been read since they were last taken.
  #shared: SharedContent[] | undefined;
  readonly #refused: { readonly row: number; readonly error: unknown }[] = [];
  // Rows that have been read from the input and whose results have not been read by the user.
  #outstanding = 0;
  #ended = false;
  #error: { readonly error: unknown } | undefined;
  #reading = false;
  #more: () => void = () => {};

  /** @throws what the input throws, if it is read at once */
  constructor(rows: Rows, window: number, medium: "thread" | "spawn", outgoing: Outgoing) {
    this.#window = window;
    this.#medium = medium;
    this.#outgoing = outgoing;
    this.length = rows.length;
    this.arity = rows.single === undefined ? -1 : 1;
    if (rows.kind === "sync") {
      if (window === Number.POSITIVE_INFINITY) {
        this.#all = this.#readAll(rows.single ?? { [Symbol.iterator]: () => rows.rows });
        this.#outstanding = this.#all.length;
        this.#ended = true;
        return;
      }
      this.#sync = rows.single === undefined ? rows.rows : rows.single[Symbol.iterator]();
    } else this.#async = rows.single === undefined ? rows.rows : rows.single[Symbol.asyncIterator]();
    this.#fill();
  }

  /** Rows that are here to be taken. */
  get available(): number {
    return (this.#all ?? this.#buffer).length - this.#head;
  }

  /** Whether it is read no further ahead of the reader than some number of rows. */
  get bounded(): boolean {
    return this.#window !== Number.POSITIVE_INFINITY;
  }

  /** Whether the input has been read to its end. */
  get fullyRead(): boolean {
    return this.#ended;
  }

  /** Whether all rows have been taken and no more will come. */
  get exhausted(): boolean {
    return this.#ended && this.available === 0;
  }

  /** Whether the input has thrown. */
  get failed(): boolean {
    return this.#error !== undefined;
  }

  /** Called whenever an asynchronous input has brought rows or its end. */
  whenMore(more: () => void): void {
    this.#more = more;
  }

  /** At most this many rows, up to the next that cannot be sent. */
  take(most: number): ValueColumn {
    const refused = this.#refused[0];
    const count = refused === undefined ? most : Math.min(most, refused.row - this.#taken);
    const taken = (this.#all ?? this.#buffer).slice(this.#head, this.#head + count);
    this.#head += taken.length;
    return taken;
  }

  /** Takes the next row, if it cannot be sent. */
  takeRefused(): { readonly error: unknown } | undefined {
    if (this.#refused[0]?.row !== this.#taken) return undefined;
    this.#head++;
    return this.#refused.shift();
  }

  /** The shared values of the rows that have been read since this was asked last. */
  takeShared(): readonly SharedContent[] | undefined {
    const shared = this.#shared;
    this.#shared = undefined;
    return shared;
  }

  get #taken(): number {
    return this.#read - this.available;
  }

  /**
   * The user has read a result. The input is read on when a quarter of the window is free, or nothing else is under
   * way: row by row would make batches of one.
   */
  resultRead(starving: boolean): void {
    this.#outstanding--;
    if (this.#ended) return;
    if (starving || this.#window - this.#outstanding >= Math.max(1, this.#window >> 2)) this.#fill();
  }

  /** The input's own error, when all that came before it has been read. */
  throwInputError(): void {
    if (this.#error !== undefined) throw this.#error.error;
  }

  /** Reads on to the end, however far behind the reader is. */
  readAhead(): void {
    this.#window = Number.POSITIVE_INFINITY;
    if (!this.#ended) this.#fill();
  }

  /**
   * Reads no further. The reader meets the error after the results of the rows that are here; unless a synchronous input
   * has no more rows, as only its next step tells. An asynchronous one is not waited for.
   */
  stop(error: unknown): void {
    if (this.#ended) return;
    const { step } = runIn(this.#context, () => this.#lastStep());
    if (step?.done) this.#ended = true;
    else {
      this.#failed(error);
      this.#return();
    }
  }

  close(): void {
    const ended = this.#ended;
    this.#ended = true;
    this.#all = undefined;
    this.#buffer = [];
    this.#head = 0;
    if (!ended) this.#return();
  }

  #return(): void {
    const input = this.#sync ?? this.#async;
    // It is called from the scheduler's own turn: what it throws there is reported, as of a callback. An async generator may
    // be in the middle of a step: its end is its own affair.
    if (input !== undefined)
      runIn(this.#context, runCallback<string>, () => input.return?.(), "the end of a map's input");
  }

  #lastStep(): { readonly step?: IteratorResult<unknown> | undefined } {
    // A pool that is shut down by its own input is in the middle of a step.
    if (this.#reading) return {};
    try {
      return { step: this.#sync?.next() };
    } catch (error) {
      this.#failed(error);
      return {};
    }
  }

  #fill(): void {
    runIn(this.#context, () => {
      if (this.#sync !== undefined) this.#fillSync(this.#sync);
      else if (this.#async !== undefined) void this.#fillAsync(this.#async);
    });
  }

  #fillSync(input: Iterator<unknown>): void {
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (!this.#ended && this.#outstanding < this.#window) this.#accept(input.next());
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#reading = false;
    }
    this.#more();
  }

  async #fillAsync(input: AsyncIterator<unknown>): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (!this.#ended && this.#outstanding < this.#window) {
        this.#accept(await input.next());
        this.#more();
      }
    } catch (error) {
      this.#failed(error);
      this.#more();
    } finally {
      this.#reading = false;
    }
  }

  #accept(step: IteratorResult<unknown>): void {
    if (this.#ended) return;
    if (step.done) {
      this.#ended = true;
      return;
    }
    if (this.#head > 0 && this.#head === this.#buffer.length) {
      this.#buffer = [];
      this.#head = 0;
    }
    this.#buffer.push(this.#packed(step.value));
    this.#outstanding++;
  }

  /** All that an iterable gives. An array of numbers becomes what travels at once: no later pass needs to look at each. */
  #readAll(input: Iterable<unknown>): ValueColumn {
    if (Array.isArray(input) && input[Symbol.iterator] === arrayValues) {
      const numbers = packNumbers(input);
      if (numbers !== input) {
        this.#read = numbers.length;
        return numbers;
      }
    }
    const all: unknown[] = [];
    for (const row of input) all.push(this.#packed(row));
    return all;
  }

  #packed(row: unknown): unknown {
    const before = beginNoting();
    const packed = packRow(row, this.arity, this.#medium, this.#outgoing);
    const shared = endNoting(before);
    if (shared !== undefined) this.#shared = [...(this.#shared ?? []), ...shared];
    if (packed instanceof RefusedRow) this.#refused.push({ row: this.#read, error: packed.error });
    this.#read++;
    return packed;
  }

  #failed(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = { error };
  }
}

const { values: arrayValues } = Array.prototype;
