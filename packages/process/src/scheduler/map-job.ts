import type { PackedError } from "@concurrent-futures/callable";
import { CancelledError, type MapOrder, type MapStats } from "@concurrent-futures/core";
import { type MapEndEvent, nextMapNumber } from "@concurrent-futures/core/channels";
import { sharesOf } from "@concurrent-futures/core/reported-progress";
import { byteSize } from "../byte-size.ts";
import type { SharedContent } from "../shared-content.ts";
import type { ValueColumn } from "../wire.ts";
import type { Batch } from "./batch.ts";
import type { CallSite } from "./call-sites.ts";
import type { Carried } from "./carried.ts";
import { decodeError, decodeResult } from "./decode-result.ts";
import type { FunctionEntry } from "./function-entry.ts";
import { MapChunk } from "./map-chunk.ts";
import type { MapInput } from "./map-input.ts";
import { Failure, MapResults } from "./map-results.ts";
import { MapRows } from "./map-rows.ts";

/** Bytes of a result at which measuring it ends. */
const largestSample = 64_000_000;

/** What a map needs from its scheduler. */
export interface MapJobEvents {
  /** Rows are there to be drawn. */
  enqueue(job: MapJob, first: boolean): void;
  /** Nobody wants what is left: steal what has not begun. */
  abandon(job: MapJob): void;
  /** How many calls ended well and badly. */
  count(done: number, failed: number): void;
  ended(job: MapJob): void;
  /** Its calls need these shared values until it has ended. */
  use(contents: Iterable<SharedContent>): void;
}

/** How a map is to be run. */
export interface JobOptions {
  readonly order: MapOrder;
  readonly timeout: number | undefined;
  /** Calls that travel together; undefined leaves it to the measured time. */
  readonly chunksize: number | undefined;
  readonly priority: number;
  /** Where the random numbers of its calls begin; undefined where they are as any. */
  readonly seed?: number | undefined;
}

/** Where a map comes from, and what goes along with its calls. */
export interface JobOrigin {
  readonly site: CallSite | undefined;
  readonly carried: Carried | undefined;
}

/** A reader that waits. */
interface Waiter {
  ready(): boolean;
  wake(): void;
}

/**
 * One `map` call in flight through the pool: rows are drawn from it as workers become free, and its results are kept
 * until its `MapReader` reads them. There is no future per call, so a call costs some hundred nanoseconds.
 */
export class MapJob {
  /** Unique in this process. */
  readonly number: number = nextMapNumber();
  readonly entry: FunctionEntry;
  readonly options: JobOptions;
  /** What each of its calls takes along. */
  readonly carried: Carried | undefined;
  readonly results: MapResults;
  /** The shared values that its calls use, by their function or by a row. */
  shared: Set<SharedContent> | undefined;
  /** Whether it stands in the scheduler's queue. */
  queued = false;
  /** The reader, while it waits. */
  waiter: Waiter | undefined = undefined;
  readonly #input: MapInput;
  readonly #rows: MapRows;
  readonly #events: MapJobEvents;
  readonly #site: CallSite | undefined;
  // Calls that have ended.
  #answered = 0;
  // When somebody was first told of results.
  #firstAt: number | undefined;
  #fatal: { readonly error: unknown } | undefined;
  #closed = false;
  // What the counts were when the pool broke or the rows and results were let go.
  #total: number | undefined;
  #final: MapStats | undefined;

  constructor(
    entry: FunctionEntry,
    input: MapInput,
    options: JobOptions,
    origin: JobOrigin,
    events: MapJobEvents,
  ) {
    this.entry = entry;
    this.options = options;
    this.#input = input;
    this.#rows = new MapRows(input);
    this.#events = events;
    this.#site = origin.site;
    this.carried = origin.carried;
    this.results = new MapResults(options.order);
    // All places at once, where that can be: growing by and by would copy them again and again.
    if (input.fullyRead) this.results.extend(input.available);
    input.whenMore(() => this.offer());
  }

  get arity(): number {
    return this.#rows.arity;
  }

  /** Rows that could be drawn now. */
  get available(): number {
    return this.#rows.available;
  }

  /** Whether its input has been read to its end. */
  get fullyRead(): boolean {
    return this.#input.fullyRead;
  }

  /** Whether every call has ended. */
  get complete(): boolean {
    return !this.intact || (this.#rows.exhausted && this.#answered === this.#rows.drawn);
  }

  /** Neither the pool nor the reader has given it up. */
  get intact(): boolean {
    return !this.#closed && this.#fatal === undefined;
  }

  /** Whether the pool or the input has failed, and nothing but that is left to be read. */
  get stopped(): boolean {
    return this.#fatal !== undefined || (this.#input.failed && this.results.read === this.#rows.drawn);
  }

  /** Puts itself in the queue if it has rows; wakes the reader, who may wait for the end of the input. */
  offer(): void {
    if (this.#closed) return;
    this.use(this.#rows.takeShared());
    if (!this.queued && this.available > 0) this.#events.enqueue(this, false);
    if (this.complete) this.wake();
  }

  /** Up to `most` calls for a worker; undefined when there are none just now. */
  draw(most: number): Batch | undefined {
    for (let next = this.#rows.draw(most); next !== undefined; next = this.#rows.draw(most)) {
      this.results.extend(this.#rows.drawn);
      if ("values" in next) return new MapChunk(this, next.first, next.values, this.arity);
      // An argument that cannot be sent fails its own position and no other.
      this.fail(next.first, next.refused.error);
      queueMicrotask(() => this.wake());
    }
    return undefined;
  }

  /** It needs these until it has ended. */
  use(contents: readonly SharedContent[] | undefined): void {
    const added = new Set(contents?.filter((content) => this.shared?.has(content) !== true));
    if (added.size === 0) return;
    this.shared = new Set([...(this.shared ?? []), ...added]);
    this.#events.use(added);
  }

  requeue(first: number, values: ValueColumn): void {
    if (!this.intact || values.length === 0) return;
    this.#rows.requeue({ first, values });
    if (!this.queued) this.#events.enqueue(this, true);
  }

  /** Values that came back as they are, one after the other. */
  succeedRange(first: number, values: ValueColumn): void {
    this.#answered += values.length;
    this.#events.count(values.length, 0);
    if (!this.#closed) this.results.putRange(first, values);
  }

  succeed(at: number, value: unknown): void {
    if (typeof value !== "object" || value === null) {
      this.#put(at, value, 1);
      return;
    }
    // Nearly always at once; when a module had to be imported first, the reader has to be woken for it.
    let late = false;
    const put = (outcome: unknown, good: 0 | 1): void => {
      this.#put(at, outcome, good);
      if (late) this.wake();
    };
    decodeResult(
      value,
      (decoded) => put(decoded, 1),
      (error) => put(new Failure(error), 0),
    );
    late = true;
  }

  reject(at: number, error: PackedError): void {
    let late = false;
    decodeError(error, this.#site, (decoded) => {
      this.fail(at, decoded);
      if (late) this.wake();
    });
    late = true;
  }

  fail(at: number, error: unknown): void {
    this.#put(at, new Failure(error), 0);
  }

  /** The pool is broken: what has no result yet gets none. */
  break(error: unknown): void {
    if (this.#fatal === undefined) this.#total = this.#rows.total;
    this.#fatal ??= { error };
    // With the rows that were taken back from a busy worker: they must not go to the next one.
    this.#rows.close();
    this.wake();
  }

  /** Reads no more of its input: its reader meets the error after what there is. */
  stopInput(error: unknown): void {
    this.#input.stop(error);
    this.offer();
  }

  /** Reads its input to the end, however far behind the reader is. */
  readAhead(): void {
    this.#input.readAhead();
  }

  /** Nothing that has not begun shall begin: the reader meets a CancelledError where results are missing. */
  cancel(): void {
    this.break(new CancelledError());
  }

  /** Results have come, or the end. */
  wake(): void {
    if (this.#answered > 0) this.#firstAt ??= performance.now();
    if (this.complete) this.#events.ended(this);
    const { waiter } = this;
    if (waiter?.ready() !== true) return;
    this.waiter = undefined;
    waiter.wake();
  }

  /** Whether all has been read. Throws when something has been lost with the pool or the input has failed. */
  readToEnd(): boolean {
    if (this.#fatal !== undefined) throw this.#fatal.error;
    if (this.#closed) return true;
    if (!this.#rows.exhausted || this.results.read < this.#rows.drawn) return false;
    this.#input.throwInputError();
    return true;
  }

  /** The reader has taken a result. */
  resultRead(): void {
    this.#input.resultRead(this.#answered === this.#rows.drawn && !this.results.hasNext);
  }

  /** What has come so far, failures as they are. Throws what the input has thrown, or the pool's own error. */
  takeAll(): unknown[] {
    if (this.#fatal !== undefined) throw this.#fatal.error;
    this.#input.throwInputError();
    return this.results.takeAll();
  }

  stats(): MapStats {
    const { failures, read } = this.results;
    const total = this.#fatal === undefined ? this.#rows.total : this.#total;
    return this.#final ?? { done: this.#answered - failures, failed: failures, read, total };
  }

  /** What waits for a reader who takes one after the other and does not wait himself; undefined where there is none. */
  unread(): MapEndEvent["unread"] {
    if (this.#closed || this.#input.bounded || this.waiter !== undefined) return undefined;
    const count = this.#answered - this.results.read;
    const bytes = count * byteSize(this.results.sample, largestSample);
    return { count, bytes, since: performance.now() - (this.#firstAt ?? performance.now()) };
  }

  underWay(): number {
    return sharesOf((owner) => owner === this);
  }

  close(): void {
    if (this.#closed) return;
    this.#final = this.stats();
    this.#closed = true;
    this.#rows.close();
    this.results.clear();
    this.#events.abandon(this);
    this.#events.ended(this);
  }

  #put(at: number, value: unknown, good: 0 | 1): void {
    this.#answered++;
    this.#events.count(good, 1 - good);
    if (!this.#closed) this.results.put(at, value);
  }
}
