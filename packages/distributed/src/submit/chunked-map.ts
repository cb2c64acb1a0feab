import {
  Future,
  type MapSource,
  type MapStats,
  type Rows,
  SerializationError,
  type Settled,
} from "@concurrent-futures/core";
import { checkRowOutcomes, type RowOutcomes } from "../wire/row-outcomes.ts";

/** Rows of a map that travel as one call. */
export class Chunk {
  readonly rows: readonly unknown[][];
  readonly #map: ChunkCounts;

  constructor(rows: readonly unknown[][], map: ChunkCounts) {
    this.rows = rows;
    this.#map = map;
  }

  /** Sends the chunk. Where some of it cannot be sent, its halves are, down to the row that cannot. */
  submit(send: (rows: readonly unknown[][]) => Future<unknown>): Future<RowOutcomes> {
    const future = sendRows(this.rows, send);
    future.addDoneCallback(() => {
      const failed = outcomesOf(future, this.rows.length)[1].length;
      this.#map.ended(this.rows.length, failed);
    });
    return future;
  }
}

/** How many rows of a map were read and have ended. */
export class ChunkCounts {
  /** The number of rows in each chunk, by the chunk's place. */
  readonly sizes: number[] = [];
  submitted = 0;
  done = 0;
  failed = 0;
  whole = false;
  closed = false;

  ended(rows: number, failed: number): void {
    // After close() nobody wants it any more, and the counts stay.
    if (this.closed) return;
    this.done += rows - failed;
    this.failed += failed;
  }
}

/** Gathers rows to chunks; what came before an error of the input leaves before it. */
export function chunked(input: Rows, size: number, counts: ChunkCounts): Rows {
  const take = (rows: unknown[][]): unknown[] => {
    counts.submitted += rows.length;
    counts.sizes.push(rows.length);
    return [new Chunk(rows, counts)];
  };
  return input.kind === "sync"
    ? { kind: "sync", rows: gather(input.rows, size, take, counts) }
    : { kind: "async", rows: gatherAsync(input.rows, size, take, counts) };
}

type Take = (rows: unknown[][]) => unknown[];

function* gather(
  rows: Iterator<unknown[]>,
  size: number,
  take: Take,
  counts: ChunkCounts,
): Generator<unknown[]> {
  let chunk: unknown[][] = [];
  let failure: { readonly error: unknown } | undefined;
  try {
    for (;;) {
      try {
        const step = rows.next();
        if (step.done) break;
        chunk.push(step.value);
      } catch (error) {
        failure = { error };
        break;
      }
      if (chunk.length < size) continue;
      yield take(chunk);
      chunk = [];
    }
    if (chunk.length > 0) yield take(chunk);
    if (failure !== undefined) throw failure.error;
    counts.whole = true;
  } finally {
    if (!counts.whole && failure === undefined) rows.return?.();
  }
}

async function* gatherAsync(
  rows: AsyncIterator<unknown[]>,
  size: number,
  take: Take,
  counts: ChunkCounts,
): AsyncGenerator<unknown[]> {
  let chunk: unknown[][] = [];
  let failure: { readonly error: unknown } | undefined;
  try {
    for (;;) {
      try {
        const step = await rows.next();
        if (step.done) break;
        chunk.push(step.value);
      } catch (error) {
        failure = { error };
        break;
      }
      if (chunk.length < size) continue;
      yield take(chunk);
      chunk = [];
    }
    if (chunk.length > 0) yield take(chunk);
    if (failure !== undefined) throw failure.error;
    counts.whole = true;
  } finally {
    if (!counts.whole && failure === undefined) await rows.return?.();
  }
}

/** A map over chunks as a map over their rows. */
export class ChunkedSource<R> implements MapSource<R> {
  readonly #chunks: MapSource<RowOutcomes>;
  readonly #counts: ChunkCounts;
  readonly #length: number | undefined;
  #ready: Settled<R>[] = [];
  #at = 0;
  #read = 0;
  // Where the chunks began that have been seen so far.
  readonly #starts: number[] = [0];

  constructor(chunks: MapSource<RowOutcomes>, counts: ChunkCounts, length: number | undefined) {
    this.#chunks = chunks;
    this.#counts = counts;
    this.#length = length;
  }

  async next(): Promise<IteratorResult<R, undefined>> {
    const step = await this.nextSettled();
    if (step.done) return step;
    if (step.value.status === "rejected") throw step.value.reason;
    return { done: false, value: step.value.value };
  }

  async nextSettled(): Promise<IteratorResult<Settled<R>, undefined>> {
    while (this.#at >= this.#ready.length) {
      const step = await this.#chunks.nextSettled();
      if (step.done) return step;
      this.#ready = this.#rowsOf(step.value);
      this.#at = 0;
    }
    this.#read++;
    return { done: false, value: this.#ready[this.#at++] as Settled<R> };
  }

  settle(): void {
    this.#chunks.settle?.();
  }

  stats(): MapStats {
    const { done, failed, submitted, whole } = this.#counts;
    return { done, failed, read: this.#read, total: whole ? submitted : this.#length };
  }

  underWay(): number {
    return this.#chunks.underWay();
  }

  close(): void {
    this.#counts.closed = true;
    this.#chunks.close();
  }

  #rowsOf(chunk: Settled<RowOutcomes>): Settled<R>[] {
    const { sizes } = this.#counts;
    const size = sizes[chunk.index] as number;
    const start = this.#startOf(chunk.index);
    const [values, failed] =
      chunk.status === "fulfilled" ? checked(chunk.value, size) : allFailed(chunk.reason, size);
    const failures = new Set(failed);
    return values.map((value, at) =>
      failures.has(at)
        ? { status: "rejected", reason: value, index: start + at }
        : { status: "fulfilled", value: value as R, index: start + at },
    );
  }

  #startOf(index: number): number {
    for (let at = this.#starts.length; at <= index; at++)
      this.#starts.push((this.#starts[at - 1] as number) + (this.#counts.sizes[at - 1] as number));
    return this.#starts[index] as number;
  }
}

function sendRows(
  rows: readonly unknown[][],
  send: (rows: readonly unknown[][]) => Future<unknown>,
): Future<RowOutcomes> {
  try {
    return send(rows) as Future<RowOutcomes>;
  } catch (error) {
    if (!(error instanceof SerializationError)) throw error;
    if (rows.length === 1) {
      const refused = new Future<RowOutcomes>();
      refused.setResult([[error], [0]]);
      return refused;
    }
  }
  const middle = Math.ceil(rows.length / 2);
  return joined(
    sendRows(rows.slice(0, middle), send),
    middle,
    sendRows(rows.slice(middle), send),
    rows.length - middle,
  );
}

/** The outcomes of two halves as of one chunk; cancelling it cancels both. */
function joined(
  first: Future<RowOutcomes>,
  firstSize: number,
  second: Future<RowOutcomes>,
  secondSize: number,
): Future<RowOutcomes> {
  const whole: Future<RowOutcomes> = new Future({
    cancel: (_future, options) => {
      first.cancel(options);
      second.cancel(options);
      return false;
    },
    isRunning: () => false,
    waitSync: () => {},
  });
  let missing = 2;
  const ended = (): void => {
    if (--missing > 0) return;
    const [values, failed] = outcomesOf(first, firstSize);
    const [others, othersFailed] = outcomesOf(second, secondSize);
    whole.setResult([
      [...values, ...others],
      [...failed, ...othersFailed.map((at) => at + firstSize)],
    ]);
  };
  first.addDoneCallback(ended);
  second.addDoneCallback(ended);
  return whole;
}

/** What became of the rows of a chunk that is done. */
function outcomesOf(chunk: Future<unknown>, size: number): RowOutcomes {
  try {
    return checked(chunk.resultSync(0), size);
  } catch (error) {
    return allFailed(error, size);
  }
}

function checked(outcomes: unknown, size: number): RowOutcomes {
  try {
    return checkRowOutcomes(outcomes, size);
  } catch (error) {
    return allFailed(error, size);
  }
}

function allFailed(error: unknown, size: number): RowOutcomes {
  return [Array(size).fill(error), Array.from({ length: size }, (_, at) => at)];
}
