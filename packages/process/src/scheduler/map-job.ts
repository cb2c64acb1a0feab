import type { PackedError } from "@concurrent-futures/callable";
import {
  CancelledError,
  type MapOrder,
  type MapSource,
  type MapStats,
  type Settled,
  TimeoutError,
} from "@concurrent-futures/core";
import { nextMapNumber } from "@concurrent-futures/core/channels";
import { Deadline } from "@concurrent-futures/core/deadline";
import { sharesOf } from "@concurrent-futures/core/reported-progress";
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
}

/** Where a map comes from, and what goes along with its calls. */
export interface JobOrigin {
  readonly site: CallSite | undefined;
  readonly carried: Carried | undefined;
}

/** Rows that were drawn and requeued. */
interface Returned {
  readonly first: number;
  readonly values: ValueColumn;
}

/**
 * One `map` call on its way through the pool: rows are drawn from it as workers become free, and its results are kept
 * until they are read. There is no future per call, so a call costs some hundred nanoseconds.
 */
export class MapJob implements MapSource<unknown> {
  /** Unique in this process. */
  readonly number: number = nextMapNumber();
  readonly entry: FunctionEntry;
  readonly options: JobOptions;
  /** What each of its calls takes along. */
  readonly carried: Carried | undefined;
  /** The shared values that its calls use, by their function or by a row. */
  shared: Set<SharedContent> | undefined;
  /** Whether it stands in the scheduler's queue. */
  queued = false;
  readonly #input: MapInput;
  readonly #events: MapJobEvents;
  readonly #deadline: Deadline;
  readonly #site: CallSite | undefined;
  readonly #returned: Returned[] = [];
  readonly #results: MapResults;
  // Calls that have been dispatched at least once, and those that have ended.
  #drawn = 0;
  #answered = 0;
  #fatal: { readonly error: unknown } | undefined;
  #closed = false;
  // What the counts were when the pool broke or the rows and results were let go.
  #total: number | undefined;
  #final: MapStats | undefined;
  // What the reader waits for: the next result, all unless one fails, or all.
  #wants: "next" | "all or failure" | "all" = "next";
  #wake: (() => void) | undefined;

  constructor(
    entry: FunctionEntry,
    rows: MapInput,
    options: JobOptions,
    origin: JobOrigin,
    events: MapJobEvents,
  ) {
    this.entry = entry;
    this.options = options;
    this.#input = rows;
    this.#events = events;
    this.#site = origin.site;
    this.carried = origin.carried;
    this.#results = new MapResults(options.order);
    // All places at once, where that can be: growing by and by would copy them again and again.
    if (rows.fullyRead) this.#results.extend(rows.available);
    this.#deadline = new Deadline(options.timeout);
    rows.whenMore(() => this.offer());
  }

  get arity(): number {
    return this.#input.arity;
  }

  /** Rows that could be drawn now. */
  get available(): number {
    let count = this.#input.available;
    for (const { values } of this.#returned) count += values.length;
    return count;
  }

  /** Whether every call has ended. */
  get complete(): boolean {
    return (
      this.#closed ||
      this.#fatal !== undefined ||
      (this.#input.exhausted && this.#returned.length === 0 && this.#answered === this.#drawn)
    );
  }

  /** Whether the pool or the input has failed, and nothing but that is left to be read. */
  get stopped(): boolean {
    return this.#fatal !== undefined || (this.#input.failed && this.#results.read === this.#drawn);
  }

  /** Puts itself in the queue if it has rows; wakes the reader, who may wait for the end of the input. */
  offer(): void {
    if (this.#closed) return;
    this.use(this.#input.takeShared());
    if (!this.queued && this.available > 0) this.#events.enqueue(this, false);
    if (this.complete) this.wake();
  }

  /** Up to `most` calls for a worker; undefined when there are none just now. */
  draw(most: number): Batch | undefined {
    const returned = this.#returned.pop();
    if (returned !== undefined) {
      const { first, values } = returned;
      if (values.length > most) this.#returned.push({ first: first + most, values: values.slice(most) });
      return new MapChunk(this, first, values.slice(0, most), this.arity);
    }
    for (;;) {
      const first = this.#drawn;
      const refused = this.#input.takeRefused();
      if (refused === undefined) {
        const values = this.#input.take(most);
        if (values.length === 0) return undefined;
        this.#extend(values.length);
        return new MapChunk(this, first, values, this.arity);
      }
      // An argument that cannot travel fails its own position and no other.
      this.#extend(1);
      this.fail(first, refused.error);
      queueMicrotask(() => this.wake());
    }
  }

  /** It needs these until it has ended. */
  use(contents: readonly SharedContent[] | undefined): void {
    const added = new Set(contents?.filter((content) => this.shared?.has(content) !== true));
    if (added.size === 0) return;
    this.shared = new Set([...(this.shared ?? []), ...added]);
    this.#events.use(added);
  }

  requeue(first: number, values: ValueColumn): void {
    if (this.#closed || values.length === 0) return;
    this.#returned.push({ first, values });
    if (!this.queued) this.#events.enqueue(this, true);
  }

  /** Values that came back as they are, one after the other. */
  succeedRange(first: number, values: ValueColumn): void {
    this.#answered += values.length;
    this.#events.count(values.length, 0);
    if (!this.#closed) this.#results.putRange(first, values);
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
    if (this.#fatal === undefined) this.#total = this.#countRows();
    this.#fatal ??= { error };
    this.#input.close();
    this.wake();
  }

  /** Nothing that has not begun shall begin: the reader meets a CancelledError where results are missing. */
  cancel(): void {
    this.break(new CancelledError());
  }

  wake(): void {
    if (this.complete) this.#events.ended(this);
    const wake = this.#wake;
    if (wake === undefined) return;
    const ready =
      this.#wants === "next" ? this.#results.hasNext : this.#wants !== "all" && this.#results.failures > 0;
    if (ready || this.complete) {
      this.#wake = undefined;
      wake();
    }
  }

  async next(): Promise<IteratorResult<unknown, undefined>> {
    for (;;) {
      if (this.#results.hasNext) return { done: false, value: this.#take() };
      if (this.#over()) return { done: true, value: undefined };
      await this.#change();
    }
  }

  async nextSettled(): Promise<IteratorResult<Settled<unknown>, undefined>> {
    for (;;) {
      if (this.#results.hasNext) {
        const value = this.#results.takeOutcome();
        this.#input.resultRead(this.#answered === this.#drawn && !this.#results.hasNext);
        return { done: false, value };
      }
      if (this.#over()) return { done: true, value: undefined };
      await this.#change();
    }
  }

  async drain(): Promise<unknown[]> {
    const values: unknown[] = [];
    // An input that has been read whole needs nobody to make room: only its end, or a failure, is of interest.
    if (this.#input.fullyRead && this.#results.read === 0) {
      this.#wants = "all or failure";
      while (!this.complete && this.#results.failures === 0) await this.#change();
      this.#wants = "next";
      if (this.#fatal === undefined && !this.#closed && this.#results.failures === 0)
        return this.#results.takeAll();
    }
    for (;;) {
      while (this.#results.hasNext) values.push(this.#take());
      if (this.#over()) return values;
      await this.#change();
    }
  }

  /** Resolves when every call has ended, however. */
  async ended(): Promise<void> {
    this.#wants = "all";
    while (!this.complete) await this.#change();
  }

  /** The failure that came first, if there is one. */
  get firstFailure(): Failure | undefined {
    return this.#results.firstFailure;
  }

  /** What has come so far, failures as they are. Throws what the input has thrown, or the pool's own error. */
  takeAll(): unknown[] {
    if (this.#fatal !== undefined) throw this.#fatal.error;
    this.#input.throwInputError();
    return this.#results.takeAll();
  }

  stats(): MapStats {
    const { failures, read } = this.#results;
    const total = this.#fatal === undefined ? this.#countRows() : this.#total;
    return this.#final ?? { done: this.#answered - failures, failed: failures, read, total };
  }

  underWay(): number {
    return sharesOf((owner) => owner === this);
  }

  close(): void {
    if (this.#closed) return;
    this.#final = this.stats();
    this.#closed = true;
    this.#input.close();
    this.#returned.length = 0;
    this.#results.clear();
    this.#events.abandon(this);
    this.#events.ended(this);
  }

  #countRows(): number | undefined {
    const drawn = this.#drawn + this.#input.available;
    if (this.#input.fullyRead) return drawn;
    const { length } = this.#input;
    return length !== undefined && length >= drawn ? length : undefined;
  }

  #extend(count: number): void {
    this.#drawn += count;
    this.#results.extend(this.#drawn);
  }

  #put(at: number, value: unknown, good: 0 | 1): void {
    this.#answered++;
    this.#events.count(good, 1 - good);
    if (!this.#closed) this.#results.put(at, value);
  }

  /** Whether all has been read. Throws when something has been lost with the pool or the input has failed. */
  #over(): boolean {
    if (this.#fatal !== undefined) throw this.#fatal.error;
    if (this.#closed) return true;
    if (!this.#input.exhausted || this.#results.read < this.#drawn || this.#returned.length > 0) return false;
    this.#input.throwInputError();
    return true;
  }

  #take(): unknown {
    try {
      return this.#results.take();
    } finally {
      this.#input.resultRead(this.#answered === this.#drawn && !this.#results.hasNext);
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = this.#deadline.whenPassed(() => {
        this.#wake = undefined;
        reject(new TimeoutError(`the results of map were not complete within ${this.options.timeout} ms`));
      });
      this.#wake = () => {
        stop();
        resolve();
      };
    });
  }
}
