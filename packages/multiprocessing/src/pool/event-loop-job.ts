import type { Future, MapOrder, MapStats, Rows } from "@concurrent-futures/core";
import { FutureSource } from "@concurrent-futures/core/future-source";
import type { PoolJob } from "./pool-engine.ts";

/** A map of a `ThreadPool`: a future for each call, as nothing has to be sent. */
export class EventLoopJob implements PoolJob {
  readonly #source: FutureSource<unknown>;
  readonly #inputEnded: () => void;
  #results: unknown[] = [];
  #inputError: { readonly error: unknown } | undefined;
  #complete = false;
  firstFailure: { readonly error: unknown } | undefined;

  /** @throws what the input throws, if it is read at once */
  constructor(
    rows: Rows,
    submit: (row: unknown[]) => Future<unknown>,
    { window, order }: { readonly window: number; readonly order: MapOrder },
    inputEnded: () => void,
  ) {
    this.#inputEnded = inputEnded;
    const submitWatched = (row: unknown[]): Future<unknown> => {
      const future = this.#submitOrStop(submit, row);
      future.addDoneCallback((done) => {
        if (this.firstFailure === undefined && (done.failed() || done.cancelled()))
          done.result().catch((error: unknown) => this.#fail(error));
      });
      return future;
    };
    const options = { window, order, timeout: undefined };
    this.#source = new FutureSource(this.#watched(rows), submitWatched, options);
  }

  get complete(): boolean {
    return this.#complete;
  }

  get stopped(): boolean {
    const { read, total } = this.#source.stats();
    return this.#inputError !== undefined && read === total;
  }

  next(): Promise<IteratorResult<unknown, undefined>> {
    return this.#source.next();
  }

  async ended(): Promise<void> {
    while (!this.#complete) {
      try {
        const step = await this.#source.next();
        if (step.done) this.#complete = true;
        else this.#results.push(step.value);
      } catch (error) {
        this.#complete = this.stopped;
        if (this.#inputError === undefined) this.#fail(error);
      }
    }
  }

  /** Reads its input to the end, however far behind the reader is. */
  readAhead(): void {
    this.#source.readAhead();
  }

  takeAll(): unknown[] {
    if (this.#inputError !== undefined) throw this.#inputError.error;
    return this.#results;
  }

  underWay(): number {
    return this.#source.underWay();
  }

  stats(): MapStats {
    return this.#source.stats();
  }

  close(): void {
    this.#source.close();
  }

  #fail(error: unknown): void {
    this.firstFailure ??= { error };
  }

  /** A pool that takes no more calls ends the input as if that had failed. */
  #submitOrStop(submit: (row: unknown[]) => Future<unknown>, row: unknown[]): Future<unknown> {
    try {
      return submit(row);
    } catch (error) {
      this.#inputError = { error };
      this.#inputEnded();
      throw error;
    }
  }

  /** The rows, each an array, and word of their end. */
  #watched(rows: Rows): Rows {
    return rows.kind === "sync"
      ? { kind: "sync", rows: this.#readSync(rows), length: rows.length }
      : { kind: "async", rows: this.#readAsync(rows) };
  }

  *#readSync(rows: Rows & { kind: "sync" }): Generator<unknown[]> {
    try {
      if (rows.single !== undefined) for (const value of rows.single) yield [value];
      else yield* { [Symbol.iterator]: () => rows.rows };
    } catch (error) {
      this.#inputError = { error };
      throw error;
    } finally {
      this.#inputEnded();
    }
  }

  async *#readAsync(rows: Rows & { kind: "async" }): AsyncGenerator<unknown[]> {
    try {
      if (rows.single !== undefined) for await (const value of rows.single) yield [value];
      else yield* { [Symbol.asyncIterator]: () => rows.rows };
    } catch (error) {
      this.#inputError = { error };
      throw error;
    } finally {
      this.#inputEnded();
    }
  }
}
