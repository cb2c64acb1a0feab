import { type AsyncContext, currentContext, runIn } from "../async-context.ts";
import { Deadline } from "../deadline.ts";
import { SerializationError, TimeoutError } from "../errors.ts";
import { sharesOf } from "../executor/reported-progress.ts";
import { runCallback } from "../future/callbacks.ts";
import { Future, onceDone } from "../future/future.ts";
import { describeTimeout } from "../options.ts";
import { FutureQueue } from "./future-queue.ts";
import type { Rows } from "./iterables.ts";
import type { MapSource } from "./map-iterator.ts";
import type { MapStats } from "./map-stats.ts";
import { outcomeOf, type Settled } from "./settled.ts";

/** In which order a map hands out its results. */
export type MapOrder = "input" | "completion";

/** How a source of futures is to behave. */
export interface FutureSourceOptions {
  readonly order: MapOrder;
  /** How many calls may be unread at once; Infinity submits a synchronous input at once. */
  readonly window: number;
  readonly timeout: number | undefined;
  /** Called once, when nothing more of the input will be submitted. */
  readonly onInputEnd?: () => void;
}

/**
 * A map made of one future per call. The window counts calls whose results have not been taken, so the input is
 * never pulled ahead of the reader by more than that.
 */
export class FutureSource<R> implements MapSource<R> {
  readonly #submit: (row: unknown[], index: number) => Future<R>;
  readonly #options: FutureSourceOptions;
  readonly #deadline: Deadline;
  // Of the code that made the map: the input is read, and its calls are submitted, in it.
  readonly #context: AsyncContext | undefined = currentContext();
  #rows: Rows | undefined;
  // Unread calls with their positions; with order "completion", the finished ones wait in #ready.
  readonly #pending: FutureQueue<R>;
  readonly #ready: Future<R>[] = [];
  #inputError: { readonly error: unknown } | undefined;
  #reading = false;
  readonly #length: number | undefined;
  #submitted = 0;
  #done = 0;
  #failed = 0;
  #read = 0;
  #wake: (() => void) | undefined;

  readonly #onDone = (future: Future<R>): void => {
    // After close() nobody wants it any more, and the counts stay.
    if (!this.#pending.has(future)) return;
    if (future.failed() || future.cancelled()) this.#failed++;
    else this.#done++;
    if (this.#options.order !== "completion") return;
    this.#ready.push(future);
    this.#wake?.();
  };

  #window: number;
  #settles = false;

  constructor(
    rows: Rows,
    submit: (row: unknown[], index: number) => Future<R>,
    options: FutureSourceOptions,
  ) {
    this.#rows = rows;
    this.#length = rows.length;
    this.#submit = submit;
    this.#options = options;
    this.#pending = new FutureQueue(options.order === "input");
    this.#window = options.window;
    this.#deadline = new Deadline(options.timeout);
    this.#fill();
    // An eager map has the whole input before it returns: its error is the caller's, as in Python.
    if (this.#inputError !== undefined && options.window === Number.POSITIVE_INFINITY) {
      this.close();
      throw this.#inputError.error;
    }
  }

  async next(): Promise<IteratorResult<R, undefined>> {
    const next = await this.#nextFuture();
    if (next === undefined) return this.#end();
    // Taken even if it has failed: some readers go on.
    this.#take(next.future);
    return { done: false, value: await next.future };
  }

  async nextSettled(): Promise<IteratorResult<Settled<R>, undefined>> {
    const next = await this.#nextFuture();
    if (next === undefined) return this.#end();
    return { done: false, value: outcomeOf(next.future, this.#take(next.future)) };
  }

  /** As {@link next} until the end, without a promise for each result that is there. */
  async drain(): Promise<R[]> {
    const results: R[] = [];
    for (;;) {
      const future = this.#nextDone();
      if (future !== undefined) {
        this.#take(future);
        results.push(future.resultSync(0));
      } else if (this.#isOver) {
        this.#end();
        return results;
      } else await this.#change();
    }
  }

  /** Makes room for the next call. @returns the position of this one */
  #take(future: Future<R>): number {
    this.#read++;
    const position = this.#pending.take(future);
    this.#fill();
    return position;
  }

  /** @throws what ended the input */
  #end(): IteratorReturnResult<undefined> {
    if (this.#inputError !== undefined) throw this.#inputError.error;
    return { done: true, value: undefined };
  }

  settle(): void {
    this.#settles = true;
  }

  /** Whether the outcomes are read by {@link nextSettled}. */
  get settles(): boolean {
    return this.#settles;
  }

  /** Submits the rest of the input, whatever has been read. */
  readAhead(): void {
    this.#window = Number.POSITIVE_INFINITY;
    this.#fill();
  }

  /** Whether nothing more of the input will be submitted. */
  get fullySubmitted(): boolean {
    return this.#rows === undefined || this.#inputError !== undefined;
  }

  /** Ends the input with an error, which its reader meets after the results that there are. */
  stop(error: unknown): void {
    if (this.#rows === undefined) return;
    const { rows } = this.#rows;
    this.#inputError ??= { error };
    this.#endInput();
    runCallback(() => rows.return?.(), "the end of a map's input");
    this.#wake?.();
  }

  #endInput(): void {
    if (this.#rows === undefined) return;
    this.#rows = undefined;
    this.#options.onInputEnd?.();
  }

  stats(): MapStats {
    const length = this.#length !== undefined && this.#length >= this.#submitted ? this.#length : undefined;
    const total = this.fullySubmitted ? this.#submitted : length;
    return { done: this.#done, failed: this.#failed, read: this.#read, total };
  }

  underWay(): number {
    return sharesOf((owner) => this.#pending.has(owner as Future<R>));
  }

  close(): void {
    const rows = this.#rows;
    this.#endInput();
    for (const future of this.#pending.takeAll()) future.cancel();
    this.#ready.length = 0;
    this.#wake?.();
    // An async generator may be waiting in the middle of a step: its end is its own affair.
    if (rows !== undefined)
      runIn(this.#context, runCallback<string>, () => rows.rows.return?.(), "the end of a map's input");
  }

  /** The next future that is done, boxed since a future is thenable; `undefined` when there is none any more. */
  async #nextFuture(): Promise<{ readonly future: Future<R> } | undefined> {
    for (;;) {
      const future = this.#nextDone();
      if (future !== undefined) return { future };
      if (this.#isOver) return undefined;
      await this.#change();
    }
  }

  #nextDone(): Future<R> | undefined {
    const next = this.#options.order === "completion" ? this.#ready.shift() : this.#pending.first();
    return next?.done() === true ? next : undefined;
  }

  get #isOver(): boolean {
    return this.#pending.size === 0 && this.fullySubmitted;
  }

  /** Waits until the next call is done, or, where none is known to be the next, until something has changed. */
  #change(): Promise<void> {
    const future = this.#pending.first();
    return new Promise((resolve, reject) => {
      const stop = this.#deadline.whenPassed(() => {
        future?.removeDoneCallback(wake);
        this.#wake = undefined;
        reject(
          new TimeoutError(
            `the results of map were not complete within ${describeTimeout(this.#options.timeout)}`,
          ),
        );
      });
      const wake = (): void => {
        stop();
        this.#wake = undefined;
        resolve();
      };
      this.#wake = wake;
      if (future !== undefined) onceDone(future, wake);
    });
  }

  #fill(): void {
    if (this.#rows === undefined || this.#inputError !== undefined) return;
    const { rows, kind } = this.#rows;
    runIn(this.#context, () => {
      if (kind === "async") void this.#fillAsync(rows);
      else this.#fillSync(rows);
    });
  }

  #fillSync(rows: Iterator<unknown[]>): void {
    try {
      while (this.#pending.size < this.#window) {
        const step = rows.next();
        if (step.done) {
          this.#endInput();
          return;
        }
        this.#add(step.value, rows);
      }
    } catch (error) {
      this.#failInput(error);
    }
  }

  #failInput(error: unknown): void {
    this.#inputError ??= { error };
    this.#options.onInputEnd?.();
  }

  async #fillAsync(rows: AsyncIterator<unknown[]>): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (this.#rows !== undefined && this.#pending.size < this.#window) {
        const step = await rows.next();
        if (this.#rows === undefined) break;
        if (step.done) this.#endInput();
        else this.#add(step.value, rows);
        this.#wake?.();
      }
    } catch (error) {
      this.#failInput(error);
    } finally {
      this.#reading = false;
      this.#wake?.();
    }
  }

  #add(row: unknown[], rows: Iterator<unknown> | AsyncIterator<unknown>): void {
    const index = this.#submitted;
    let future: Future<R>;
    try {
      future = this.#submitOne(row, index);
    } catch (error) {
      // Nothing more can be submitted: the input is told, which has not failed itself.
      runCallback<string>(() => rows.return?.(), "the end of a map's input");
      throw error;
    }
    this.#submitted++;
    this.#pending.add(future, index);
    onceDone(future, this.#onDone);
  }

  /** An argument that cannot be sent fails its own position, not the whole map. */
  #submitOne(row: unknown[], index: number): Future<R> {
    try {
      return this.#submit(row, index);
    } catch (error) {
      if (!(error instanceof SerializationError)) throw error;
      const failed = new Future<R>();
      failed.setException(error);
      return failed;
    }
  }
}
